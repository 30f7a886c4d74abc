// Keeps every public event in a file, each once, across restarts of this program, its network and the server.
//
//   npm install @nats-io/nats-core @nats-io/jetstream ws
//   NATS_WS_URL=wss://... NATS_SEED_FILE=acme.nk NATS_DURABLE=ext-acme node nats_partner.mjs events.ndjson
//
// NODE_EXTRA_CA_CERTS names the file of the authority to trust, where the server's certificate is signed by one of its
// own. An event is acknowledged when it is in the file; what is not acknowledged comes again, so known ids are skipped.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { jetstream } from "@nats-io/jetstream";
import { nkeyAuthenticator, wsconnect } from "@nats-io/nats-core";
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket; // Node before 22 has none of its own

const file = process.argv[2];
const text = existsSync(file) ? readFileSync(file, "utf8") : "";
const whole = text.slice(0, text.lastIndexOf("\n") + 1); // a line that was not finished is cut off
writeFileSync(file, whole);
const known = new Set(whole.split("\n").filter(Boolean).map((line) => JSON.parse(line).id));

const seed = new TextEncoder().encode(readFileSync(process.env.NATS_SEED_FILE, "utf8").trim());
const connection = await wsconnect({
  servers: process.env.NATS_WS_URL,
  authenticator: nkeyAuthenticator(seed),
  maxReconnectAttempts: -1,
});
// The stream is in our account's view under a domain of its own, and only this one durable of it.
const events = await jetstream(connection, { domain: "practices" }).consumers.get("PUBLIC", process.env.NATS_DURABLE);
for await (const message of await events.consume()) {
  const event = message.json();
  if (!known.has(event.id)) {
    appendFileSync(file, `${message.string()}\n`, { flush: true });
    known.add(event.id);
    console.log(event.type, event.subject);
  }
  message.ack();
}
