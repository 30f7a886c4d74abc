"""Keeps every public event in a file, each once, across restarts of this program, its network and the service.

    pip install httpx
    python sse_follower.py events.ndjson 'http://127.0.0.1:8106/events?theme=staff-mobility'

The id of the last event stands beside it, in ``events.ndjson.last-id``; with it the stream goes on where it was. It is
written after the event, so an event may come again after a crash, and known ones are skipped. Without an id it begins
with the next event. It ends with 1 where the service does not take the address, and with 3 where what came after the
id can no longer be told: then take the catalogue (``mirror_catalogue.py``), remove the id and start again.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

SILENCE_SECONDS = 60  # the service shows life every fifteen
LONGEST_PAUSE_SECONDS = 60
BUSY = (httpx.codes.TOO_MANY_REQUESTS, *(code for code in httpx.codes if code >= httpx.codes.INTERNAL_SERVER_ERROR))


def known_in(file: Path) -> set[str]:
    """Return the ids of the events in the file; a line that was not finished is cut off."""
    text = file.read_bytes() if file.exists() else b""
    whole = text[: text.rfind(b"\n") + 1]
    file.write_bytes(whole)
    return {json.loads(line)["id"] for line in whole.splitlines()}


def read(answer: httpx.Response) -> Iterator[tuple[str, str]]:
    """Yield the id and the data of each event; one without data moves the id on alone (WHATWG HTML, 9.2.6)."""
    last_id = name = ""
    data: list[str] = []
    for line in answer.iter_lines():
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            yield last_id, "" if name else "\n".join(data)  # named ones are the service's own words
            name, data = "", []
        elif field == "id":
            last_id = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)


def follow(file: Path, address: str) -> None:
    """Follow until the stream ends; raises httpx.HTTPError when it breaks off or is refused."""
    known, place = known_in(file), file.with_name(file.name + ".last-id")
    last_id = place.read_text("utf-8") if place.exists() else ""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    with httpx.stream("GET", address, headers=headers, timeout=SILENCE_SECONDS) as answer, file.open("ab") as kept:
        answer.raise_for_status()
        for event_id, data in read(answer):
            if data and (identifier := json.loads(data)["id"]) not in known:
                kept.write(data.encode() + b"\n")
                kept.flush()
                known.add(identifier)
            if event_id != last_id:
                part = place.with_name(place.name + ".part")
                part.write_text(event_id, "utf-8")
                part.replace(place)
                last_id = event_id


def main(file: Path, address: str) -> int:
    """Come again whenever it ends; return when the service says that it would be no use."""
    pause = 1.0
    while True:
        begun = time.monotonic()
        try:
            follow(file, address)
        except httpx.HTTPStatusError as error:
            answer = error.response
            if answer.status_code == httpx.codes.GONE:
                print(f"{address}: what came after the last id can no longer be told", file=sys.stderr)
                return 3
            if answer.status_code not in BUSY:
                print(f"{address} refuses: {answer.status_code} {answer.reason_phrase}", file=sys.stderr)
                return 1
            pause = max(pause, float(answer.headers.get("Retry-After", 0)))
        except httpx.HTTPError as error:
            print(f"{address}: {error!r}; trying again", file=sys.stderr)
        if time.monotonic() - begun > LONGEST_PAUSE_SECONDS:
            pause = 1.0
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


if __name__ == "__main__":
    try:
        _, given_file, given_address = sys.argv
    except ValueError:
        sys.exit(__doc__)
    try:
        sys.exit(main(Path(given_file), given_address))
    except KeyboardInterrupt:
        sys.exit(130)
