// A client with Connect for Node over gRPC: does what interop_test.py asks for and prints what it saw, one JSON object.
import fs from "node:fs";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AdminService } from "./gen/quayside/v1/admin_service_pb.js";
import { ChannelService } from "./gen/quayside/v1/channel_service_pb.js";
import { EventService } from "./gen/quayside/v1/event_service_pb.js";
import { InventoryService } from "./gen/quayside/v1/inventory_service_pb.js";
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema } from "./gen/google/rpc/error_details_pb.js";

const asked = JSON.parse(process.argv[2]);
const read = (file) => (file ? fs.readFileSync(file) : undefined);
const TIMEOUT = { timeoutMs: 60_000 };

function transport({ ca = asked.ca, cert, key, token = asked.token } = {}) {
  return createGrpcTransport({
    baseUrl: `https://${asked.address}`,
    nodeOptions: { ca: read(ca), cert: read(cert), key: read(key) },
    interceptors: token ? [(next) => (request) => {
      request.header.set("authorization", `Bearer ${token}`);
      return next(request);
    }] : [],
  });
}

const laptop = { cert: asked.cert, key: asked.key };
const signedIn = transport(laptop);

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error("the call was not refused");
}

// Of a stream: its first message, and the code it ended with.
async function endOf(responses, afterFirst = () => {}) {
  let answered = false;
  const error = await refusal(async () => {
    for await (const _ of responses) {
      answered = true;
      afterFirst();
    }
  });
  return { answered, code: error.code };
}

const scenarios = {
  async unary() {
    const stock = createClient(InventoryService, signedIn);
    const change = { changes: [{ sku: asked.sku, level: BigInt(asked.level), title: "Mug" }], createItems: true, requestId: `${asked.sku}-1` };
    const first = await stock.setLevels(change, TIMEOUT);
    const again = await stock.setLevels(change, TIMEOUT);
    const { item } = await stock.getItem({ name: "items/-", sku: asked.sku }, TIMEOUT);
    const text = (message) => JSON.stringify(message, (_, value) => (typeof value === "bigint" ? `${value}` : value));
    return { changed: Number(first.changed), repeated: text(again) === text(first), level: Number(item.levels[0].level) };
  },
  async stream() {
    const stop = new AbortController();
    const responses = createClient(EventService, signedIn)
      .watch({ typePrefixes: ["stock."] }, { ...TIMEOUT, signal: stop.signal })[Symbol.asyncIterator]();
    const begin = (await responses.next()).value;
    await createClient(InventoryService, signedIn)
      .setLevels({ changes: [{ sku: asked.sku, level: BigInt(asked.level + 1) }], createItems: true, requestId: `${asked.sku}-2` }, TIMEOUT);
    let response;
    do response = (await responses.next()).value; while (response.events.length === 0);
    stop.abort();
    const [event] = response.events;
    return { beginEvents: begin.events.length, later: event.revision > begin.revision, type: event.type, level: event.attributes.level };
  },
  async upload() {
    const stock = createClient(InventoryService, signedIn);
    async function* each(chunks) { yield* chunks; }
    const importOf = async (chunks) => Number((await stock.importLevels(each(chunks), TIMEOUT)).levels);
    const sku = `${asked.sku}-IMPORT`, requestId = `${asked.sku}-import`;
    const chunks = [{ changes: [{ sku, level: 1n }, { sku, level: 2n }], createItems: true, requestId },
      { changes: [{ sku, level: BigInt(asked.level) }] }];
    const levels = [];
    for (const messages of [chunks, chunks, [{ requestId }]]) levels.push(await importOf(messages));
    const bad = await refusal(() => importOf([{ changes: [{ sku, level: 1n }] }, { changes: [{ sku, level: -1n }] }]));
    const [info] = bad.findDetails(ErrorInfoSchema);
    const [violations] = bad.findDetails(BadRequestSchema);
    return { levels, reason: info.reason, told: info.metadata.levels, fields: violations.fieldViolations.map((each) => each.field) };
  },
  async errors() {
    const stock = createClient(InventoryService, signedIn);
    const missing = await refusal(() => stock.getItem({ name: "items/-", sku: "NO-SUCH-SKU" }, TIMEOUT));
    const bad = await refusal(() => stock.setLevels({ changes: [{ sku: asked.sku, level: -1n }, { sku: "", level: 1n }] }, TIMEOUT));
    const [info] = missing.findDetails(ErrorInfoSchema);
    const [request] = missing.findDetails(RequestInfoSchema);
    const [violations] = bad.findDetails(BadRequestSchema);
    return { missing: missing.code, reason: info.reason, domain: info.domain, traced: request.requestId !== "", bad: bad.code,
      fields: violations.fieldViolations.map((each) => each.field).sort() };
  },
  async deadline() {
    return endOf(createClient(EventService, signedIn).watch({}, { timeoutMs: 15_000 }));
  },
  async cancel() {
    const stop = new AbortController();
    return endOf(createClient(EventService, signedIn).watch({}, { ...TIMEOUT, signal: stop.signal }), () => stop.abort());
  },
  async mutualTls() {
    const byCertificate = transport({ ...laptop, token: null });
    const list = async (how) => (await refusal(() => createClient(ChannelService, transport(how)).listChannels({}, TIMEOUT))).code;
    const { channels } = await createClient(ChannelService, byCertificate).listChannels({}, TIMEOUT);
    return {
      channels: channels.length,
      change: (await refusal(() => createClient(AdminService, byCertificate).drain({}, TIMEOUT))).code,
      without: await list({}),
      stranger: await list({ cert: asked.otherCert, key: asked.otherKey }),
      otherHost: await list({ ...laptop, ca: asked.otherCert }),
    };
  },
};

// Connect's codes are those of gRPC.
if (Code.Unavailable !== 14) throw new Error("codes are not gRPC's");
console.log(JSON.stringify(await scenarios[asked.scenario]()));
process.exit(0);
