"""Keeps a copy of the public catalogue in an SQLite file, up to date: downloads it, then follows what changes.

    pip install httpx
    python mirror_catalogue.py practices.sqlite http://127.0.0.1:8106 'country=FI&theme=recognition'

The third argument, a filter of ``kind``, ``sector``, ``theme``, ``country`` and ``language``, may be left out. The copy
and the place in the stream change in one transaction, so it may be stopped at any moment and goes on where it was.
Where the service can no longer tell what changed since, the catalogue is downloaded anew.
"""

import json
import sqlite3
import sys
import time
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs

import httpx

SILENCE_SECONDS = 60  # the service shows life every fifteen
LONGEST_PAUSE_SECONDS = 60
BUSY = (httpx.codes.TOO_MANY_REQUESTS, *(code for code in httpx.codes if code >= httpx.codes.INTERNAL_SERVER_ERROR))
FIELDS = {"sector": "sectors", "theme": "themes", "country": "countries"}
TABLES = """
create table if not exists practices (id text primary key, counted integer not null, event text not null);
create table if not exists place (one integer primary key check (one = 1), last_id text not null);
"""
KEEP = """
insert into practices values (?, ?, ?) on conflict do update set counted = excluded.counted, event = excluded.event
where counted < excluded.counted
"""


def fits(practice: dict[str, Any], query: dict[str, list[str]]) -> bool:
    """Say whether a practice is still in the filter: the service also tells of those that left it."""
    for name, wanted in query.items():
        if name == "kind":
            found = {practice["kind"]}
        elif name == "language":
            found = {form for tag in practice["languages"] for form in (tag, tag.partition("-")[0])}
        else:
            found = set(practice["content"].get(FIELDS[name], ()))
        if found.isdisjoint(wanted):
            return False
    return True


class Mirror:
    """The copy."""

    def __init__(self, file: str, service: str, query: str) -> None:
        self.database = sqlite3.connect(file)
        self.database.executescript(TABLES)
        self.service = service.rstrip("/")
        self.query = query
        self.wanted = parse_qs(query)
        if unknown := self.wanted.keys() - {"kind", "language", *FIELDS}:
            raise SystemExit(f"cannot keep a copy filtered by {', '.join(sorted(unknown))}")

    @property
    def last_id(self) -> str:
        row = self.database.execute("select last_id from place").fetchone()
        return row[0] if row else ""

    def apply(self, event: dict[str, Any]) -> None:
        """Take an event in; one that is not newer than what is there changes nothing."""
        practice = event["data"].get("practice")
        counted = event["aggregateversion"]
        if practice is not None and fits(practice, self.wanted):
            self.database.execute(KEEP, (event["subject"], counted, json.dumps(event, ensure_ascii=False)))
        else:
            self.database.execute("delete from practices where id = ? and counted < ?", (event["subject"], counted))

    def place(self, last_id: str) -> None:
        self.database.execute("insert or replace into place values (1, ?)", (last_id,))

    def download(self) -> None:
        """Replace the copy by the catalogue as it is now, or leave all as it was."""
        address = f"{self.service}/catalogue?{self.query}"
        with self.database, httpx.stream("GET", address, timeout=SILENCE_SECONDS) as answer:
            answer.raise_for_status()
            self.database.execute("delete from practices")
            last: dict[str, Any] = {}
            for line in answer.iter_lines():
                last = json.loads(line)
                if "cursor" not in last:
                    self.apply(last)
            if "cursor" not in last:
                raise httpx.RemoteProtocolError("the catalogue was cut off")
            self.place(last["cursor"])

    def follow(self) -> None:
        """Take in what changes until the stream ends."""
        address = f"{self.service}/events?{self.query}"
        headers = {"Last-Event-ID": self.last_id}
        with httpx.stream("GET", address, headers=headers, timeout=SILENCE_SECONDS) as answer:
            answer.raise_for_status()
            last_id = data = ""
            for line in answer.iter_lines():
                if line.startswith("id: "):
                    last_id = line.removeprefix("id: ")
                elif line.startswith("data: "):
                    data = line.removeprefix("data: ")
                elif not line and last_id:
                    with self.database:
                        if data and (event := json.loads(data)):  # ``{}`` says that all there was is told
                            self.apply(event)
                        self.place(last_id)
                    data = ""


def main(mirror: Mirror) -> int:
    """Keep it up to date; return when the service says that it would be no use."""
    pause = 1.0
    while True:
        begun = time.monotonic()
        try:
            if not mirror.last_id:
                mirror.download()
            mirror.follow()
        except httpx.HTTPStatusError as error:
            answer = error.response
            if answer.status_code == httpx.codes.GONE:
                with mirror.database:
                    mirror.database.execute("delete from place")
                continue
            if answer.status_code not in BUSY:
                print(f"{answer.url} refuses: {answer.status_code} {answer.reason_phrase}", file=sys.stderr)
                return 1
            pause = max(pause, float(answer.headers.get("Retry-After", 0)))
        except httpx.HTTPError as error:
            print(f"{mirror.service}: {error!r}; trying again", file=sys.stderr)
        if time.monotonic() - begun > LONGEST_PAUSE_SECONDS:
            pause = 1.0
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    with closing((kept := Mirror(*sys.argv[1:3], *(sys.argv[3:] or [""]))).database):
        try:
            sys.exit(main(kept))
        except KeyboardInterrupt:
            sys.exit(130)
