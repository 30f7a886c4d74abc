"""A journey on a cluster: the main job goes on while every container of it is restarted, and nothing is lost."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from unittest.mock import patch

import nats
from nats.js import JetStreamContext

from local.nats_users import OPERATOR
from shared.bus.connect import inbox_prefix
from tests.compose import webhooks
from tests.compose.installation import Installation, output_of
from tests.compose.load import History, Load
from tests.compose.rolling import restart_all
from tests.journeys.site import Site
from tests.waiting import eventually

CLIENTS = 2
REST_SECONDS = 60.0
_READ_STATUS = (
    "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:8080/status', timeout=30).read().decode())"
)
_FIND = """
import json, sys
from urllib.request import urlopen
for word in json.load(sys.stdin):
    found = json.load(urlopen(f'http://127.0.0.1:8080/search?q={word}', timeout=30))['items']
    print(json.dumps([item['id'] for item in found]))
"""


def site_of(made: Installation) -> Site:
    with patch.dict(os.environ, made.site()):
        return Site()


async def roll(made: Installation) -> tuple[History, dict[str, float]]:
    """Restart everything under load; returns what the people were told and how long each container was away."""
    load, began = Load(site_of(made), clients=CLIENTS), time.monotonic()

    def told(text: str) -> None:
        practices, failures = len(load.history.approved), len(load.history.failures)
        print(f"  {time.monotonic() - began:5.0f} s  {text}; {practices} approved, {failures} failed", flush=True)

    async with load.client("syndication", sub="its-systems", roles=["member"], organisation="org-s") as client:
        load.history.hook = await webhooks.ask_for_deliveries(client)
    async with load.running() as history:
        await eventually(lambda: len(history.approved) >= CLIENTS, 300, every=0.5)
        away = await restart_all(made, told)
    with contextlib.suppress(AssertionError):  # who looks at the history sees what was not delivered
        await eventually(lambda: set(history.approved) <= webhooks.told_of(webhooks.delivered(made)), 120, every=2)
    history.deliveries = webhooks.delivered(made)
    return history, away


async def broken_promises(made: Installation, history: History) -> list[str]:
    """Return, in words, what does not hold after the restart; nothing when all does."""
    await _at_rest(made)
    return [
        *(f"a request failed: {failure}" for failure in history.failures),
        *(f"{one} was not told to the system that listens" for one in _missing(history)),
        *_in_the_webhook(history),
        *await _in_search(made, history),
        *await _in_the_streams(made, history),
    ]


def _missing(history: History) -> set[str]:
    return set(history.approved) - set(history.heard.values())


def _in_the_webhook(history: History) -> list[str]:
    if history.hook is None:
        return ["nobody asked for deliveries"]
    missing = set(history.approved) - webhooks.told_of(history.deliveries)
    return [
        *(f"the publication of {one} was not delivered to the webhook" for one in missing),
        *webhooks.broken(history.hook, history.deliveries),
    ]


async def _at_rest(made: Installation) -> None:
    """Wait until every copy of search has read the whole catalogue."""
    async with _jetstream(made) as js:
        last = (await js.stream_info("CATALOGUE")).state.last_seq

    def all_have_read() -> bool:
        return all(one["sequence"] >= last for one in search_copies(made).values())

    with contextlib.suppress(AssertionError):  # what follows tells which copy has not
        await eventually(all_have_read, REST_SECONDS, every=1)


def search_copies(made: Installation) -> dict[str, dict[str, int]]:
    """Return what each copy of search says of itself."""
    return {name: json.loads(_python(name, _READ_STATUS)) for name in made.copies("search")}


async def _in_search(made: Installation, history: History) -> list[str]:
    async with _jetstream(made) as js:
        last = (await js.stream_info("CATALOGUE")).state.last_seq
    wrong = []
    for name, status in search_copies(made).items():
        if status["sequence"] != last:
            wrong.append(f"{name} is at {status['sequence']} of the catalogue, which ends at {last}")
        found = _python(name, _FIND, said=json.dumps(list(history.approved.values()))).splitlines()
        for (practice_id, word), ids in zip(history.approved.items(), found, strict=True):
            if json.loads(ids) != [practice_id]:
                wrong.append(f"{name} finds {ids} by {word}, not {practice_id}")
    return wrong


async def _in_the_streams(made: Installation, history: History) -> list[str]:
    """Each event of each contribution is there once, in order, on three nodes."""
    wrong: list[str] = []
    versions: dict[tuple[str, str], list[int]] = {}
    async with _jetstream(made) as js:
        for name in ("EVENTS", "CATALOGUE", "PUBLIC", "DLQ"):
            info = await js.stream_info(name)
            copies = 1 + len(info.cluster.replicas or []) if info.cluster else 1
            if copies != 3:
                wrong.append(f"{name} is on {copies} nodes, not on three")
        info = await js.stream_info("EVENTS")
        for number in range(info.state.first_seq, info.state.last_seq + 1):
            event = json.loads((await js.get_msg("EVENTS", number)).data or b"{}")
            versions.setdefault((event["source"], event["partitionkey"]), []).append(event["aggregateversion"])
        dead = (await js.stream_info("DLQ")).state.messages
    if dead:
        wrong.append(f"{dead} dead letters")
    wrong += disorder(versions)
    published = {aggregate.partition(":")[2] for _, aggregate in versions if aggregate.startswith("practice:")}
    wrong += [f"{one} was approved and no event tells of it" for one in set(history.approved) - published]
    return wrong


def disorder(versions: Mapping[tuple[str, str], Sequence[int]]) -> list[str]:
    """Name what did not come once and in order: the versions of what each source said about each subject."""
    return [
        f"events of {source} about {subject} came as {list(seen)}"
        for (source, subject), seen in versions.items()
        if len(set(seen)) < len(seen) or list(seen) != sorted(seen)
    ]


@contextlib.asynccontextmanager
async def _jetstream(made: Installation) -> AsyncIterator[JetStreamContext]:
    site = site_of(made)
    connection = await nats.connect(
        site.nats_url,
        user=OPERATOR,
        password=site.passwords()[OPERATOR],
        inbox_prefix=inbox_prefix(OPERATOR).encode(),
    )
    async with connection:
        yield connection.jetstream(timeout=20)


def _python(container: str, code: str, *, said: str = "") -> str:
    return output_of(["docker", "exec", "--interactive", container, "python3", "-c", code], seconds=300, said=said)
