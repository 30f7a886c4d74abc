"""``python -m shared.bus``: what an operator does with streams, durables and dead letters."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import NoReturn

import nats
from nats.errors import Error as NatsError
from nats.errors import NoServersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import APIError, NotFoundError
from pymongo.errors import PyMongoError

from shared.bus.commands import COMMANDS, DATABASES
from shared.bus.connect import inbox_prefix
from shared.bus.dead_letters import FILED_BY
from shared.errors import DomainError
from shared.settings import Settings, read_settings

PROGRAM = "python -m shared.bus"
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_BAD_INPUT, f"{self.prog}: {message}; --help tells more\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Streams, durables and dead letters. NATS_URL, NATS_USER, NATS_PASSWORD and MONGODB_URL say where.",
        epilog="Exit code 0: done. 1: it failed, or something is missing. 2: the arguments or settings are wrong.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = commands.add_parser("provision", help="make or repair every stream and durable (safe to repeat)")
    made.add_argument("--replicas", type=int, default=1, choices=(1, 3, 5), help="copies of each stream in a cluster")
    commands.add_parser("status", help="what is in the streams and what waits at each durable")
    listed = commands.add_parser("list", help="list the dead letters, one line each")
    listed.add_argument("--durable", choices=FILED_BY, help="only those that this one gave up")
    listed.add_argument("--discarded", action="store_true", help="the notes of those that were discarded")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    shown = commands.add_parser("show", help="show one dead letter, whole")
    shown.add_argument("number", type=_number, help="as 'list' shows it")
    played = commands.add_parser("replay", help="give dead letters back to the durable that gave them up")
    played.add_argument("number", type=_number, nargs="*", help="as 'list' shows them")
    played.add_argument("--all", action="store_true", help="all of them")
    played.add_argument("--durable", choices=FILED_BY, help="with --all: only these")
    dropped = commands.add_parser("discard", help="drop dead letters for good; a note of each stays for a year")
    dropped.add_argument("number", type=_number, nargs="*", help="as 'list' shows them")
    dropped.add_argument("--all", action="store_true", help="all of them; wants --yes")
    dropped.add_argument("--durable", choices=FILED_BY, help="with --all: only these")
    dropped.add_argument("--yes", action="store_true", help="with --all: yes, drop them")
    compared = commands.add_parser("reconcile", help="compare the streams with the outboxes and repair the streams")
    compared.add_argument("--dry-run", action="store_true", help="only say what is missing; exit code 1 if anything is")
    compared.add_argument(
        "--databases", nargs="+", metavar="NAME", help=f"those that hold an outbox ({' '.join(DATABASES)})"
    )
    return parser


def _number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of a dead letter")
    return int(text)


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    refusals: list[str] = []

    async def note(error: Exception) -> None:
        refusals.append(str(error))

    try:
        connection = await nats.connect(
            str(settings.nats_url),
            user=settings.nats_user,
            password=settings.nats_password.get_secret_value() if settings.nats_password else None,
            inbox_prefix=inbox_prefix(settings.nats_user or "operator").encode(),
            allow_reconnect=False,
            max_reconnect_attempts=1,  # of the first connection; the default goes on for two minutes
            reconnect_time_wait=0.1,
            connect_timeout=5,
            error_cb=note,
        )
        async with connection:
            return await COMMANDS[arguments.command](connection.jetstream(timeout=5), arguments, settings)
    except (DomainError, NatsError, PyMongoError, OSError) as error:
        code = EXIT_BAD_INPUT if isinstance(error, DomainError) else EXIT_FAILED
        return _say(f"{arguments.command}: {_told(error, refusals)}", code)


def _told(error: Exception, refusals: list[str]) -> str:
    """Say it in a person's words. A refused request shows as a time-out here and as a refusal there."""
    match error:
        case DomainError():
            return error.detail
        case NoServersError():
            return "no NATS server answers at NATS_URL"
        case NatsError() if "authorization" in str(error).lower():
            return "NATS does not let NATS_USER in with this NATS_PASSWORD"
        case NatsTimeoutError():
            return f"NATS does not answer{f': {refusals[-1]}' if refusals else ''}"
        case NotFoundError():
            return f"{error.description}; 'provision' makes what is missing"
        case APIError():
            return str(error.description)
        case PyMongoError():
            return f"MongoDB at MONGODB_URL: {str(error).partition(',')[0]}"
        case _:
            return str(error) or type(error).__name__


def _say(words: str, code: int) -> int:
    print(f"{PROGRAM}: {' '.join(words.split())}", file=sys.stderr)
    return code


def main(given: Sequence[str]) -> int:
    """Run one command and return the exit code; wrong arguments end the program by SystemExit."""
    arguments = _parser().parse_args(given)
    return asyncio.run(_run(arguments, read_settings(Settings)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
