"""Short programs that hear a channel, as the public page shows them; the tests run them as they stand there."""

from typing import Final

from shared.bus.partners.snippets import program

_CONNECT: Final = """\
import asyncio
import json
import os

import nats


async def main() -> None:
    user = os.environ["NATS_USER"]
    connection = await nats.connect(
        os.environ["NATS_URL"],
        user=user,
        password=os.environ["NATS_PASSWORD"],
        inbox_prefix=f"_INBOX.{user}".encode(),
    )
"""

_PRACTICES: Final = """\
    known = set()  # in your database, in the transaction of what you do with the event
    events = await connection.subscribe("practices.*")
    async for message in events.messages:
        event = json.loads(message.data)
        if event["id"] not in known:
            known.add(event["id"])
            print(event["type"], event["subject"], flush=True)
"""

_CATALOGUE: Final = """\
    events = await connection.jetstream().subscribe("catalogue.*", stream="CATALOGUE", ordered_consumer=True)
    async for message in events.messages:
        event = json.loads(message.data)
        practice = event["data"].get("practice")
        if practice is None:
            print("taken down:", event["subject"], flush=True)
        else:
            print(practice["state"], practice["address"], flush=True)
"""

_RUN: Final = """\


asyncio.run(main())
"""

_STREAM: Final = """\
import json
import os

import httpx

url = os.environ.get("EVENTS_URL", "http://127.0.0.1:8106/events")
last_id = ""  # in your database, in the transaction of what you do with the event
with httpx.stream("GET", url, headers={"Last-Event-ID": last_id}, timeout=60) as answer:
    answer.raise_for_status()
    for line in answer.iter_lines():
        if line.startswith("id: "):
            last_id = line.removeprefix("id: ")
        elif line.startswith("data: ") and (event := json.loads(line.removeprefix("data: "))):
            print(event["type"], event["subject"], flush=True)
"""

_BROWSER: Final = """\
const events = new EventSource("http://127.0.0.1:8106/events?theme=staff-mobility");
events.onmessage = (message) => {
  const event = JSON.parse(message.data);
  console.log(event.type, event.subject);
};
events.onerror = () => {
  if (events.readyState === EventSource.CLOSED) console.log("refused: begin anew, with the catalogue");
};
"""

_WEBHOOKS: Final = """\
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
known = set()  # in your database, in the transaction of what you do with the event


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            webhook.verify(body, dict(self.headers.items()))
        except (WebhookVerificationError, ValueError):
            self.send_response(400)
            self.end_headers()
            return
        if self.headers["webhook-id"] not in known:
            known.add(self.headers["webhook-id"])
            event = json.loads(body)
            print(event["type"], event["subject"], flush=True)
        self.send_response(204)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Receiver).serve_forever()
"""

# By channel, and by the language that each is in.
PROGRAMS: Final = {
    "stream": {"python": _STREAM, "js": _BROWSER},
    "webhooks": {"python": _WEBHOOKS},
    "practices": {"python": f"{_CONNECT}{_PRACTICES}{_RUN}"},
    "catalogue": {"python": f"{_CONNECT}{_CATALOGUE}{_RUN}"},
    "durable": {"python": program("python", "ext-acme")},
}
