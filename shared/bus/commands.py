"""What an operator's commands do; each prints what a person wants to know and returns the exit code."""

# ruff: noqa: T201 - it speaks to a person in a terminal

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Iterable
from time import monotonic
from typing import Any, Final

from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.errors import BadRequestError, NotFoundError, ServerError, ServiceUnavailableError
from pymongo import AsyncMongoClient

from shared.bus.dead_letters import (
    DeadLetter,
    cannot_be_replayed,
    count_discarded,
    dead_letter,
    dead_letters,
    discard,
    replay,
)
from shared.bus.letters_again import file_again
from shared.bus.reconcile import reconcile
from shared.bus.topology import DEAD_LETTERS, DURABLES, EVENTS, provision, streams
from shared.errors import Invalid, NotFound
from shared.settings import Settings
from shared.store.client import SERVER_SELECTION_MILLISECONDS
from shared.store.outbox import OUTBOX

_NO_SUITABLE_PEERS: Final = 10005  # fewer nodes are there than a stream is to have copies

Command = Callable[[JetStreamContext, argparse.Namespace, Settings], Coroutine[Any, Any, int]]

DATABASES = tuple(f"practice_exchange_{name}" for name in ("submissions", "review", "search", "syndication"))
INBOXES = tuple(f"practice_exchange_{name}" for name in sorted({durable.service for durable in DURABLES}))


async def _provision(js: JetStreamContext, arguments: argparse.Namespace, _: Settings) -> int:
    """Nodes that have just started want seconds to find each other, and refuse until then: that is waited for."""
    until = monotonic() + arguments.wait
    while True:
        try:
            await provision(js, replicas=arguments.replicas)
            break
        except (NatsTimeoutError, NoRespondersError, ServerError, ServiceUnavailableError, BadRequestError) as error:
            settled = isinstance(error, BadRequestError) and error.err_code != _NO_SUITABLE_PEERS
            if settled or monotonic() > until:
                raise
            print(f"JetStream is not ready yet: {error}", file=sys.stderr, flush=True)
            await asyncio.sleep(1)
    print(f"{len(streams())} streams and {len(DURABLES)} durables are as they should be")
    return 0


async def _status(js: JetStreamContext, _: argparse.Namespace, __: Settings) -> int:
    missing = False
    width = max(len(name) for name in (*(config.name or "" for config in streams()), *(one.name for one in DURABLES)))
    for config in streams():
        try:
            state = (await js.stream_info(config.name or "")).state
        except NotFoundError:
            missing = True
            print(f"{config.name:<{width}}  missing")
        else:
            gone = await count_discarded(js) if config.name == DEAD_LETTERS else 0
            more = f"; {gone} of them notes of discarded ones" if gone else ""
            print(f"{config.name:<{width}} {state.messages:>8} messages {state.bytes:>12} bytes{more}")
    for durable in DURABLES:
        try:
            info = await js.consumer_info(EVENTS, durable.name)
        except NotFoundError:
            missing = True
            print(f"{durable.name:<{width}}  missing")
        else:
            print(
                f"{durable.name:<{width}} {info.num_pending or 0:>8} waiting  {info.num_ack_pending or 0:>12} in hand"
            )
    if missing:
        print("'provision' makes what is missing; 'reconcile' fills it again")
    return 1 if missing else 0


async def _list(js: JetStreamContext, arguments: argparse.Namespace, _: Settings) -> int:
    letters = await dead_letters(js, durable=arguments.durable, discarded=arguments.discarded)
    for letter in letters:
        print(json.dumps(_summary(letter)) if arguments.json else _line(letter))
    if not letters and not arguments.json:
        print("no discarded dead letters" if arguments.discarded else "no dead letters")
    return 0


async def _show(js: JetStreamContext, arguments: argparse.Namespace, _: Settings) -> int:
    letter = await dead_letter(js, arguments.number)
    print(json.dumps(_summary(letter) | {"body": letter.body.decode("utf-8", "backslashreplace")}, indent=2))
    return 0


async def _replay(js: JetStreamContext, arguments: argparse.Namespace, _: Settings) -> int:
    _require_numbers_or_all(arguments)
    if arguments.all:
        found = await dead_letters(js, durable=arguments.durable)
        letters = [letter for letter in found if not cannot_be_replayed(letter)]
        left = len(found) - len(letters)
    else:
        letters = [await dead_letter(js, number) for number in dict.fromkeys(arguments.number)]
        left = 0
        _refuse(letters)
    for letter in letters:
        await replay(js, letter)
        print(f"replayed {_line(letter)}")
    print(f"{len(letters)} replayed" + (f", {left} left that cannot be ('replay N' says why)" if left else ""))
    return 0


async def _discard(js: JetStreamContext, arguments: argparse.Namespace, _: Settings) -> int:
    _require_numbers_or_all(arguments)
    if arguments.all:
        letters = await dead_letters(js, durable=arguments.durable)
        if not arguments.yes:
            raise Invalid(f"{len(letters)} would be gone for good; add --yes")
    else:
        letters = [await dead_letter(js, number) for number in dict.fromkeys(arguments.number)]
    for letter in letters:
        await discard(js, letter)
        print(f"discarded {_line(letter)}")
    print(f"{len(letters)} discarded, {await count_discarded(js)} in all ('list --discarded' shows them)")
    return 0


def _require_numbers_or_all(arguments: argparse.Namespace) -> None:
    if bool(arguments.number) == arguments.all:
        raise Invalid("name numbers, or --all")
    if arguments.durable and not arguments.all:
        raise Invalid("--durable goes with --all")


def _refuse(letters: Iterable[DeadLetter]) -> None:
    """Refuse all of them when one cannot be replayed, so that nothing is done by half."""
    for letter in letters:
        if why := cannot_be_replayed(letter):
            raise Invalid(why)


async def _reconcile(js: JetStreamContext, arguments: argparse.Namespace, settings: Settings) -> int:
    repair = not arguments.dry_run
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        str(settings.mongodb_url), tz_aware=True, serverSelectionTimeoutMS=SERVER_SELECTION_MILLISECONDS
    )
    missing = 0
    async with client:
        for name in arguments.databases or ():
            if OUTBOX not in await client[name].list_collection_names():
                raise NotFound(f"there is no outbox in the database {name}")
        if repair:
            await provision(js)
        for name in arguments.databases or DATABASES:
            result = await reconcile(client[name], js, repair=repair)
            missing += result.missing_events + result.missing_snapshots
            verb = "published again" if repair else "missing"
            print(
                f"{name}: {result.rows} events looked at, {result.missing_events} {verb},"
                f" {result.missing_snapshots} catalogue snapshots {verb}"
            )
        lost = await file_again(
            client,
            js,
            inboxes=arguments.databases or INBOXES,
            outboxes=arguments.databases or DATABASES,
            repair=repair,
        )
        if lost:
            print(f"dead letters: {lost} {'filed again' if repair else 'missing'}")
    return 1 if (missing or lost) and not repair else 0


def _summary(letter: DeadLetter) -> dict[str, Any]:
    return {
        "number": letter.number,
        "at": letter.at.isoformat(timespec="seconds"),
        "durable": letter.durable,
        "event_type": letter.event_type,
        "event_id": letter.event_id,
        "attempts": letter.attempts,
        "reason": letter.reason,
    }


def _line(letter: DeadLetter) -> str:
    what = letter.event_type or letter.subject
    return f"{letter.number:>6}  {letter.at:%Y-%m-%d %H:%M:%S}  {letter.durable}  {what}  {letter.reason}"


COMMANDS: dict[str, Command] = {
    "provision": _provision,
    "status": _status,
    "list": _list,
    "show": _show,
    "replay": _replay,
    "discard": _discard,
    "reconcile": _reconcile,
}
