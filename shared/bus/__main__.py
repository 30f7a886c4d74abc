"""``python -m shared.bus``: what an operator does with streams, durables and dead letters."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from shared.bus.dead_letters import DeadLetter, dead_letter, dead_letters, replay
from shared.bus.reconcile import reconcile
from shared.bus.topology import DURABLES, EVENTS, provision, streams
from shared.errors import DomainError
from shared.settings import Settings

Command = Callable[[JetStreamContext, argparse.Namespace, Settings], Coroutine[Any, Any, int]]

DATABASES = ("practice_exchange_submissions", "practice_exchange_review")
EXIT_BAD_INPUT = 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m shared.bus",
        description="Streams, durables and dead letters. NATS_URL, NATS_USER, NATS_PASSWORD and MONGODB_URL say where.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("provision", help="make or repair every stream and durable (safe to repeat)")
    made.add_argument("--replicas", type=int, default=1, choices=(1, 3, 5), help="copies of each stream in a cluster")
    commands.add_parser("status", help="what is in the streams and what waits at each durable")
    listed = commands.add_parser("list", help="list the dead letters, one line each")
    listed.add_argument("--durable", choices=[durable.name for durable in DURABLES])
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    shown = commands.add_parser("show", help="show one dead letter, whole")
    shown.add_argument("number", type=int)
    played = commands.add_parser("replay", help="give dead letters back to the durable that gave them up")
    played.add_argument("number", type=int, nargs="*", help="numbers as 'list' shows them")
    played.add_argument("--all", action="store_true", help="all of them")
    played.add_argument("--durable", choices=[durable.name for durable in DURABLES], help="with --all: only these")
    compared = commands.add_parser("reconcile", help="compare the streams with the outboxes and repair the streams")
    compared.add_argument("--dry-run", action="store_true", help="only say what is missing")
    compared.add_argument("--databases", nargs="+", default=DATABASES, help="databases that hold an outbox")
    return parser.parse_args()


async def _provision(js: JetStreamContext, arguments: argparse.Namespace, _: Settings) -> int:
    await provision(js, replicas=arguments.replicas)
    print(f"{len(streams())} streams and {len(DURABLES)} durables are as they should be")
    return 0


async def _status(js: JetStreamContext, _: argparse.Namespace, __: Settings) -> int:
    for config in streams():
        state = (await js.stream_info(config.name or "")).state
        print(f"{config.name:<24} {state.messages:>8} messages {state.bytes:>12} bytes")
    for durable in DURABLES:
        info = await js.consumer_info(EVENTS, durable.name)
        print(f"{durable.name:<24} {info.num_pending or 0:>8} waiting  {info.num_ack_pending or 0:>12} in hand")
    return 0


async def _list(js: JetStreamContext, arguments: argparse.Namespace, _: Settings) -> int:
    letters = await dead_letters(js, durable=arguments.durable)
    for letter in letters:
        print(json.dumps(_summary(letter)) if arguments.json else _line(letter))
    if not letters and not arguments.json:
        print("no dead letters")
    return 0


async def _show(js: JetStreamContext, arguments: argparse.Namespace, _: Settings) -> int:
    letter = await dead_letter(js, arguments.number)
    print(json.dumps(_summary(letter) | {"body": letter.body.decode("utf-8", "backslashreplace")}, indent=2))
    return 0


async def _replay(js: JetStreamContext, arguments: argparse.Namespace, _: Settings) -> int:
    if bool(arguments.number) == arguments.all:
        print("replay: name numbers, or --all", file=sys.stderr)
        return EXIT_BAD_INPUT
    if arguments.all:
        letters = await dead_letters(js, durable=arguments.durable)
    else:
        letters = [await dead_letter(js, number) for number in arguments.number]
    for letter in letters:
        await replay(js, letter)
        print(f"replayed {_line(letter)}")
    print(f"{len(letters)} replayed")
    return 0


async def _reconcile(js: JetStreamContext, arguments: argparse.Namespace, settings: Settings) -> int:
    repair = not arguments.dry_run
    if repair:
        await provision(js)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(str(settings.mongodb_url), tz_aware=True)
    missing = 0
    async with client:
        for name in arguments.databases:
            result = await reconcile(client[name], js, repair=repair)
            missing += result.missing_events + result.missing_snapshots
            verb = "published again" if repair else "missing"
            print(
                f"{name}: {result.rows} events looked at, {result.missing_events} {verb},"
                f" {result.missing_snapshots} catalogue snapshots {verb}"
            )
    return 1 if missing and not repair else 0


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
    "reconcile": _reconcile,
}


async def _main() -> int:
    arguments = _arguments()
    settings = Settings()
    password = settings.nats_password.get_secret_value() if settings.nats_password else None
    try:
        connection = await nats.connect(
            str(settings.nats_url),
            user=settings.nats_user,
            password=password,
            inbox_prefix=f"_INBOX.{settings.nats_user or 'operator'}".encode(),
            allow_reconnect=False,
            connect_timeout=5,
        )
        async with connection:
            return await COMMANDS[arguments.command](connection.jetstream(timeout=5), arguments, settings)
    except (DomainError, JetStreamError, NatsError, PyMongoError, OSError) as error:
        print(f"{arguments.command}: {error or type(error).__name__}", file=sys.stderr)
        return EXIT_BAD_INPUT if isinstance(error, DomainError) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
