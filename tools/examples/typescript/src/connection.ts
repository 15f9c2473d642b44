// How to reach a host: the options of the command line, and the transport that they mean.
import fs from "node:fs";
import net from "node:net";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

// For calls that are answered once.
export const TIMEOUT_MS = 10_000;

// For util.parseArgs.
export const CONNECTION_OPTIONS = {
  socket: { type: "string" }, // Unix socket of a host on this machine
  address: { type: "string" }, // host and port of a host elsewhere
  ca: { type: "string" }, // authorities of the host's certificate (PEM)
  cert: { type: "string" }, // client certificate (PEM)
  key: { type: "string" }, // its key (PEM)
  "token-file": { type: "string" }, // file with the token to sign in with
} as const;

export type ConnectionOptions = { [name in keyof typeof CONNECTION_OPTIONS]?: string | undefined };

function signIn(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
}

// A transport that signs in by itself. It connects at the first call, and again whenever it has to.
export function connect(options: ConnectionOptions): Transport {
  const chosen = (name: keyof typeof CONNECTION_OPTIONS) =>
    options[name] ?? process.env[`QUAYSIDE_${name.toUpperCase().replaceAll("-", "_")}`];
  const content = (name: "ca" | "cert" | "key") => {
    const file = chosen(name);
    return file === undefined ? undefined : fs.readFileSync(file);
  };
  const address = chosen("address");
  if (address === undefined) {
    // The socket's owner needs no token.
    const path = chosen("socket") ?? "/var/lib/quayside/run/quayside.sock";
    return createGrpcTransport({ baseUrl: "http://localhost", nodeOptions: { createConnection: () => net.connect(path) } });
  }
  const tokenFile = chosen("token-file");
  return createGrpcTransport({
    baseUrl: `https://${address}`,
    nodeOptions: { ca: content("ca"), cert: content("cert"), key: content("key") },
    interceptors: tokenFile === undefined ? [] : [signIn(fs.readFileSync(tokenFile, "ascii").trim())],
  });
}
