// A client with @grpc/grpc-js: does what interop_test.py asks for and prints what it saw, one JSON object.
import fs from "node:fs";
import path from "node:path";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const asked = JSON.parse(process.argv[2]);
const files = fs.readdirSync(path.join(asked.protos, "quayside/v1")).map((name) => `quayside/v1/${name}`);
const definition = loader.loadSync([...files, "google/rpc/status.proto", "google/rpc/error_details.proto"], {
  includeDirs: [asked.protos, asked.google], keepCase: true, longs: String, enums: String, defaults: true, oneofs: true,
});
const api = grpc.loadPackageDefinition(definition).quayside.v1;

function credentials({ ca = asked.ca, cert, key }) {
  const pem = (file) => (file ? fs.readFileSync(file) : null);
  return grpc.credentials.createSsl(pem(ca), pem(key), pem(cert));
}

function withToken(base) {
  return grpc.credentials.combineChannelCredentials(base, grpc.credentials.createFromMetadataGenerator((_, done) => {
    const metadata = new grpc.Metadata();
    metadata.set("authorization", `Bearer ${asked.token}`);
    done(null, metadata);
  }));
}

const laptop = credentials({ cert: asked.cert, key: asked.key });
const client = (service, how = withToken(laptop)) => new api[service](asked.address, how);
const soon = () => ({ deadline: Date.now() + 60_000 });

function call(stub, method, request) {
  return new Promise((resolve, reject) => stub[method](request, soon(), (error, answer) => (error ? reject(error) : resolve(answer))));
}

async function refusal(stub, method, request) {
  try {
    await call(stub, method, request);
  } catch (error) {
    return error;
  }
  throw new Error(`${method} was not refused`);
}

function detailsOf(error) {
  const [packed] = error.metadata.get("grpc-status-details-bin");
  const status = definition["google.rpc.Status"].deserialize(packed);
  const details = { code: error.code };
  for (const { type_url, value } of status.details) {
    const type = type_url.split("/").pop();
    details[type.split(".").pop()] = definition[type].deserialize(value);
  }
  return details;
}

// The messages of a stream, one per call; an error when it has ended.
function reader(stream) {
  const waiting = [], arrived = [];
  const give = (what) => (waiting.length > 0 ? waiting.shift()(what) : arrived.push(what));
  stream.on("data", (message) => give({ message }));
  stream.on("error", (error) => give({ error }));
  return () => new Promise((resolve) => (arrived.length > 0 ? resolve(arrived.shift()) : waiting.push(resolve)));
}

const scenarios = {
  async unary() {
    const stock = client("InventoryService");
    const change = { changes: [{ sku: asked.sku, level: asked.level, title: "Mug" }], create_items: true, request_id: `${asked.sku}-1` };
    const first = await call(stock, "SetLevels", change);
    const again = await call(stock, "SetLevels", change);
    const { item } = await call(stock, "GetItem", { name: "items/-", sku: asked.sku });
    return { changed: Number(first.changed), repeated: JSON.stringify(again) === JSON.stringify(first), level: Number(item.levels[0].level) };
  },
  async stream() {
    const watch = client("EventService").Watch({ type_prefixes: ["stock."] }, soon());
    const next = reader(watch);
    const begin = (await next()).message;
    await call(client("InventoryService"), "SetLevels",
      { changes: [{ sku: asked.sku, level: asked.level + 1 }], create_items: true, request_id: `${asked.sku}-2` });
    let response;
    do response = (await next()).message; while (response.events.length === 0);
    watch.cancel();
    const [event] = response.events;
    return { beginEvents: begin.events.length, later: BigInt(event.revision) > BigInt(begin.revision), type: event.type,
      level: event.attributes.level };
  },
  async upload() {
    const stock = client("InventoryService");
    const importOf = (chunks) => new Promise((resolve, reject) => {
      const stream = stock.ImportLevels(soon(), (error, answer) => (error ? reject(error) : resolve(Number(answer.levels))));
      for (const chunk of chunks) stream.write(chunk);
      stream.end();
    });
    const sku = `${asked.sku}-IMPORT`, id = `${asked.sku}-import`;
    const chunks = [{ changes: [{ sku, level: 1 }, { sku, level: 2 }], create_items: true, request_id: id },
      { changes: [{ sku, level: asked.level }] }];
    const levels = [];
    for (const messages of [chunks, chunks, [{ request_id: id }]]) levels.push(await importOf(messages));
    const bad = detailsOf(await importOf([{ changes: [{ sku, level: 1 }] }, { changes: [{ sku, level: -1 }] }]).then(
      () => { throw new Error("a wrong level was not refused"); }, (error) => error));
    return { levels, reason: bad.ErrorInfo.reason, told: bad.ErrorInfo.metadata.levels,
      fields: bad.BadRequest.field_violations.map((each) => each.field) };
  },
  async errors() {
    const stock = client("InventoryService");
    const missing = detailsOf(await refusal(stock, "GetItem", { name: "items/-", sku: "NO-SUCH-SKU" }));
    const bad = detailsOf(await refusal(stock, "SetLevels", { changes: [{ sku: asked.sku, level: -1 }, { sku: "", level: 1 }] }));
    return { missing: missing.code, reason: missing.ErrorInfo.reason, domain: missing.ErrorInfo.domain,
      traced: missing.RequestInfo.request_id !== "", bad: bad.code, fields: bad.BadRequest.field_violations.map((each) => each.field).sort() };
  },
  async deadline() {
    const next = reader(client("EventService").Watch({}, { deadline: Date.now() + 15_000 }));
    const first = await next();
    const { error } = await next();
    return { answered: first.message !== undefined, code: error.code };
  },
  async cancel() {
    const watch = client("EventService").Watch({}, soon());
    const next = reader(watch);
    const first = await next();
    watch.cancel();
    const { error } = await next();
    return { answered: first.message !== undefined, code: error.code };
  },
  async mutualTls() {
    const plain = { channels: (await call(client("ChannelService", laptop), "ListChannels", {})).channels.length };
    plain.change = (await refusal(client("AdminService", laptop), "Drain", {})).code;
    plain.without = (await refusal(client("ChannelService", withToken(credentials({}))), "ListChannels", {})).code;
    const stranger = credentials({ cert: asked.otherCert, key: asked.otherKey });
    plain.stranger = (await refusal(client("ChannelService", withToken(stranger)), "ListChannels", {})).code;
    const deceived = credentials({ ca: asked.otherCert, cert: asked.cert, key: asked.key });
    plain.otherHost = (await refusal(client("ChannelService", withToken(deceived)), "ListChannels", {})).code;
    return plain;
  },
};

console.log(JSON.stringify(await scenarios[asked.scenario]()));
process.exit(0);
