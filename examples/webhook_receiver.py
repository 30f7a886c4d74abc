"""Takes webhooks and keeps each event once in an SQLite file, across restarts of this program and of the service.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_... python webhook_receiver.py events.sqlite --port 8000

The secret is shown once when the endpoint is made; while it is being replaced, give both, with a comma between. It
answers 204 once an event is kept, so what it did not keep comes again, and 400 to what is not signed or minutes old.
Behind a proxy that speaks https, give its address to the endpoint: https://example.org/hooks.
"""

import argparse
import json
import os
import sqlite3
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

LARGEST_BYTES = 1_000_000
WAIT_SECONDS = 10


def is_ours(webhooks: list[Webhook], body: bytes, headers: dict[str, str]) -> bool:
    """Say whether any of our secrets signed this, within the last minutes."""
    for webhook in webhooks:
        try:
            webhook.verify(body, headers)
        except (WebhookVerificationError, ValueError):
            continue
        return True
    return False


def keep(file: str, event_id: str, event: dict[str, str], body: bytes) -> bool:
    """Keep an event, and do here what you do with it, in one transaction; False when it came before."""
    with sqlite3.connect(file, timeout=WAIT_SECONDS) as database:
        database.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, type TEXT, subject TEXT, body BLOB)")
        row = (event_id, event["type"], event["subject"], body)
        return database.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", row).rowcount == 1


def receiver(file: str, webhooks: list[Webhook]) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # the connection is kept for the next one
        timeout = 60

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", -1))
            if not 0 <= length <= LARGEST_BYTES:
                self.close_connection = True
                self.answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return
            body = self.rfile.read(length)
            if not is_ours(webhooks, body, dict(self.headers.items())):
                self.answer(HTTPStatus.BAD_REQUEST)
                return
            event = json.loads(body)
            is_new = keep(file, self.headers["webhook-id"], event, body)
            print(event["type"], event["subject"], "new" if is_new else "again", flush=True)
            self.answer(HTTPStatus.NO_CONTENT)

        def answer(self, status: int) -> None:
            self.send_response(status)
            if status != HTTPStatus.NO_CONTENT:
                self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing of each request."""

    return Receiver


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="the SQLite file")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()
    secrets = [one.strip() for one in os.environ.get("WEBHOOK_SECRET", "").split(",") if one.strip()]
    if not secrets:
        sys.exit("set WEBHOOK_SECRET to the secret of your endpoint (whsec_...)")
    handler = receiver(chosen.file, [Webhook(one) for one in secrets])
    ThreadingHTTPServer(("127.0.0.1", chosen.port), handler).serve_forever()


if __name__ == "__main__":
    main()
