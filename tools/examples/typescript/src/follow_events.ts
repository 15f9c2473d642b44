// Prints events as they happen, one JSON object per line, and loses none: how far it came is noted in a file, and whoever is cut off, or
// killed, goes on from there. An event that was printed and not yet noted is printed again after a crash, with the same revision.
import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { toJson } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { CONNECTION_OPTIONS, connect } from "./connection.js";
import { EventSchema, EventService } from "./gen/quayside/v1/event_service_pb.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
// What may pass by itself: the host restarts, this reader fell behind, the line was cut.
const PASSING = [Code.Unavailable, Code.ResourceExhausted, Code.DeadlineExceeded, Code.Aborted, Code.Canceled, Code.Internal, Code.Unknown];

// The revision up to which everything was printed; 0 (from now on) at the first start.
function readRevision(file: string): bigint {
  if (!fs.existsSync(file)) return 0n;
  const state: unknown = JSON.parse(fs.readFileSync(file, "utf8"));
  if (typeof state !== "object" || state === null || !("revision" in state)) throw new Error(`${file} has no revision`);
  return BigInt(String(state.revision));
}

// Whole or not at all, also when the power goes.
function noteRevision(file: string, revision: bigint) {
  const made = fs.openSync(`${file}.new`, "w");
  fs.writeSync(made, `{"revision": ${revision}}`);
  fs.fsyncSync(made);
  fs.closeSync(made);
  fs.renameSync(`${file}.new`, file);
}

class Follower {
  readonly #stop = new AbortController();
  #pauseMs = FIRST_PAUSE_MS;
  #revision: bigint;

  constructor(
    readonly events: Client<typeof EventService>,
    readonly file: string,
    readonly typePrefixes: string[],
  ) {
    this.#revision = readRevision(file);
  }

  stop() {
    this.#stop.abort();
  }

  // One stream, until it ends.
  async #follow() {
    const request = { afterRevision: this.#revision, typePrefixes: this.typePrefixes };
    for await (const response of this.events.watch(request, { signal: this.#stop.signal })) {
      // Of a file descriptor: what was printed is out before it is noted.
      for (const event of response.events) fs.writeSync(1, `${JSON.stringify(toJson(EventSchema, event))}\n`);
      // A message without events is a bookmark: so far nothing happened that was asked for.
      noteRevision(this.file, response.revision);
      this.#revision = response.revision;
      this.#pauseMs = FIRST_PAUSE_MS;
    }
  }

  // The exit code.
  async run(): Promise<number> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#follow();
      } catch (caught) {
        if (this.#stop.signal.aborted) break;
        const error = ConnectError.from(caught);
        if (error.code === Code.OutOfRange) {
          console.error(`events after ${this.#revision} are compacted: read the present state, remove ${this.file}, start again`);
          return 3;
        }
        console.error(error.message);
        if (!PASSING.includes(error.code)) return 1;
      }
      // Not all clients at the same moment; a stop ends the pause.
      await pause(this.#pauseMs * (0.8 + 0.4 * Math.random()), undefined, { signal: this.#stop.signal }).catch(() => undefined);
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    }
    return 0;
  }
}

const { values } = parseArgs({
  options: {
    ...CONNECTION_OPTIONS,
    state: { type: "string" }, // file in which is noted how far it came
    type: { type: "string", multiple: true }, // only events whose type begins so
  },
});
if (values.state === undefined) {
  console.error("usage: follow_events --state FILE [--type PREFIX]...");
  process.exit(2);
}
const follower = new Follower(createClient(EventService, connect(values)), values.state, values.type ?? []);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => follower.stop());
process.exit(await follower.run());
