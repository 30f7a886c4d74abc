"""Keeps every public event in a file, each once, across restarts of this program, its network and the server.

    pip install "nats-py[nkeys]"
    NATS_URL=tls://... NATS_SEED_FILE=acme.nk NATS_DURABLE=ext-acme python nats_partner.py events.ndjson

``NATS_CA`` names the file of the authority to trust, where the server's certificate is signed by one of its own. An
event is acknowledged when it is in the file; what is not acknowledged comes again, so known ids are skipped.
"""

import asyncio
import json
import os
import ssl
import sys
from pathlib import Path

import nats


def known_in(file: Path) -> set[str]:
    """Return the ids of the events in the file; a line that was not finished is cut off."""
    text = file.read_bytes() if file.exists() else b""
    whole = text[: text.rfind(b"\n") + 1]
    file.write_bytes(whole)
    return {json.loads(line)["id"] for line in whole.splitlines()}


async def main(file: Path) -> None:
    """Run until it is stopped."""
    if missing := [name for name in ("NATS_URL", "NATS_SEED_FILE", "NATS_DURABLE") if not os.environ.get(name)]:
        sys.exit(f"set {', '.join(missing)}: the operator told you all of them; the durable is ext- and your name")
    known = known_in(file)
    connection = await nats.connect(
        os.environ["NATS_URL"],
        nkeys_seed=os.environ["NATS_SEED_FILE"],
        tls=ssl.create_default_context(cafile=os.environ.get("NATS_CA")),
        max_reconnect_attempts=-1,
    )
    # The stream is in our account's view under a domain of its own, and only this one durable of it.
    jetstream = connection.jetstream(domain="practices")
    events = await jetstream.pull_subscribe_bind(os.environ["NATS_DURABLE"], stream="PUBLIC")
    with file.open("ab") as kept:
        while True:
            try:
                messages = await events.fetch(100, timeout=1)  # waits that long for a whole hundred
            except TimeoutError:  # nothing new; or the server was away, and the next request reaches it
                continue
            new = {event["id"]: message.data for message in messages if (event := json.loads(message.data))}
            lines = [body for identifier, body in new.items() if identifier not in known]
            kept.write(b"".join(line + b"\n" for line in lines))
            kept.flush()
            os.fsync(kept.fileno())
            known |= new.keys()
            for message in messages:
                await message.ack()
            for line in lines:
                event = json.loads(line)
                print(event["type"], event["subject"], flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
