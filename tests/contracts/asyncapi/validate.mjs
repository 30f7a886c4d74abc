// Reads an AsyncAPI document from standard input and prints what AsyncAPI's own parser says of it, as JSON:
// {"understood": …, "channels": […], "messages": […], "diagnostics": [{"severity", "code", "message", "path"}, …]}
// Severity: 0 error, 1 warning, 2 information, 3 hint.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
console.log(
  JSON.stringify({
    understood: document !== undefined,
    channels: document?.channels().all().map((channel) => channel.address()) ?? [],
    messages: document?.messages().all().map((message) => message.name()) ?? [],
    diagnostics: diagnostics.map(({ severity, code, message, path }) => ({
      severity,
      code,
      message,
      path: path.join("/"),
    })),
  }),
);
