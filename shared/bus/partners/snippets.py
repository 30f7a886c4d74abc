"""What a partner's developer starts from: a short program that fetches, handles and acknowledges, ready to run.

Each reads the seed from the file that ``NATS_SEED_FILE`` names, so that no secret stands in a program.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

from shared.bus.partners.accounts import DOMAIN
from shared.bus.partners.partner import Partner
from shared.bus.topology import PUBLIC

_PYTHON: Final = """\
import asyncio
import json
import os
import ssl

import nats


async def main() -> None:
    connection = await nats.connect(
        os.environ["NATS_URL"],
        nkeys_seed=os.environ["NATS_SEED_FILE"],
        tls=ssl.create_default_context(cafile=os.environ.get("NATS_CA")),
    )
    jetstream = connection.jetstream(domain="{domain}")
    events = await jetstream.pull_subscribe_bind("{durable}", stream="{stream}")
    while True:
        try:
            [message] = await events.fetch(1, timeout=30)
        except TimeoutError:
            continue
        event = json.loads(message.data)
        print(event["type"], event["subject"], event["id"], flush=True)  # do your work here, once for each id
        await message.ack()


asyncio.run(main())
"""

_JAVASCRIPT: Final = """\
import {{ readFileSync }} from "node:fs";
import {{ jetstream }} from "@nats-io/jetstream";
import {{ nkeyAuthenticator, wsconnect }} from "@nats-io/nats-core";
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket; // Node before 22 has none of its own
const seed = new TextEncoder().encode(readFileSync(process.env.NATS_SEED_FILE, "utf8").trim());
const connection = await wsconnect({{ servers: process.env.NATS_WS_URL, authenticator: nkeyAuthenticator(seed) }});
const events = await jetstream(connection, {{ domain: "{domain}" }}).consumers.get("{stream}", "{durable}");
for await (const message of await events.consume()) {{
  const event = message.json();
  console.log(event.type, event.subject, event.id); // do your work here, once for each id
  message.ack();
}}
"""

_GO: Final = """\
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats.go"
)

func main() {{
	seed, err := nats.NkeyOptionFromSeed(os.Getenv("NATS_SEED_FILE"))
	if err != nil {{
		log.Fatal(err)
	}}
	options := []nats.Option{{seed}}
	if ca := os.Getenv("NATS_CA"); ca != "" {{
		options = append(options, nats.RootCAs(ca))
	}}
	connection, err := nats.Connect(os.Getenv("NATS_URL"), options...)
	if err != nil {{
		log.Fatal(err)
	}}
	js, err := connection.JetStream(nats.Domain("{domain}"))
	if err != nil {{
		log.Fatal(err)
	}}
	events, err := js.PullSubscribe("", "{durable}", nats.Bind("{stream}", "{durable}"))
	if err != nil {{
		log.Fatal(err)
	}}
	for {{
		messages, err := events.Fetch(1, nats.MaxWait(30*time.Second))
		if errors.Is(err, nats.ErrTimeout) {{
			continue
		}}
		if err != nil {{
			log.Fatal(err)
		}}
		var event struct{{ Id, Type, Subject string }}
		if err := json.Unmarshal(messages[0].Data, &event); err != nil {{
			log.Fatal(err)
		}}
		fmt.Println(event.Type, event.Subject, event.Id) // do your work here, once for each id
		if err := messages[0].AckSync(); err != nil {{
			log.Fatal(err)
		}}
	}}
}}
"""

_CLI: Final = """\
nats --server "$NATS_URL" --nkey "$NATS_SEED_FILE" {ca}--js-domain {domain} consumer info {stream} {durable}
nats --server "$NATS_URL" --nkey "$NATS_SEED_FILE" {ca}--js-domain {domain} consumer next {stream} {durable} --count 10
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How one kind of program is written and run; ``file`` is empty for commands that are typed."""

    title: str
    file: str
    program: str
    needs: str
    run: str
    websocket: bool = False


LANGUAGES: Final = {
    "python": Language(
        title="Python",
        file="partner.py",
        program=_PYTHON,
        needs='pip install "nats-py[nkeys]"',
        run="python partner.py",
    ),
    "javascript": Language(
        title="JavaScript",
        file="partner.mjs",
        program=_JAVASCRIPT,
        needs="npm install @nats-io/nats-core @nats-io/jetstream ws",
        run="node partner.mjs",
        websocket=True,
    ),
    "go": Language(
        title="Go",
        file="partner.go",
        program=_GO,
        needs="go mod init partner && go get github.com/nats-io/nats.go",
        run="go run partner.go",
    ),
    "cli": Language(
        title="the nats command",
        file="",
        program=_CLI,
        needs="see https://github.com/nats-io/natscli",
        run="",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where partners connect: ``url`` for NATS, ``websocket_url`` for WebSocket, ``ca`` the authority to trust."""

    url: str
    websocket_url: str | None = None
    ca: str | None = None


def program(language: str, durable: str, *, ca: bool = False) -> str:
    """Return the program alone; ``ca`` where an authority of one's own signed the server's certificate."""
    trusted = '--tlsca "$NATS_CA" ' if ca else ""
    return LANGUAGES[language].program.format(domain=DOMAIN, stream=PUBLIC, durable=durable, ca=trusted)


def snippet(language: str, partner: Partner, address: Address) -> str:
    """Return what to type and what to save, from nothing to the first event, without the seed."""
    chosen = LANGUAGES[language]
    lines = [f"# {partner.organisation}: hear the public events with {chosen.title}."]
    lines += [f"# The seed that you were given is in {partner.name}.nk, which only you may read."]
    lines += [f"export NATS_SEED_FILE={partner.name}.nk"]
    if chosen.websocket:
        lines.append(f"export NATS_WS_URL={shlex.quote(address.websocket_url or 'wss://ask-the-operator')}")
    else:
        lines.append(f"export NATS_URL={shlex.quote(address.url)}")
    if address.ca:
        lines.append(f"export {'NODE_EXTRA_CA_CERTS' if chosen.websocket else 'NATS_CA'}={shlex.quote(address.ca)}")
    lines.append(f"# {chosen.needs}" if language == "cli" else chosen.needs)
    text = program(language, partner.account, ca=address.ca is not None)
    if chosen.file:
        lines += [f"cat > {chosen.file} <<'END'", text.rstrip("\n"), "END", chosen.run]
    else:
        lines.append(text.rstrip("\n"))
    return "\n".join(lines) + "\n"
