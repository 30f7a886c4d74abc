"""``python -m shared.bus``: what an operator does with streams, durables and dead letters."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from nats.errors import Error as NatsError

from shared.bus.command_line import Parser, refused, run
from shared.bus.commands import COMMANDS, DATABASES
from shared.bus.dead_letters import FILED_BY
from shared.bus.keeper import keep
from shared.settings import Settings, read_settings

PROGRAM = "python -m shared.bus"


def _parser() -> Parser:
    parser = Parser(
        prog=PROGRAM,
        description="Streams, durables and dead letters. NATS_URL, NATS_USER, NATS_PASSWORD and MONGODB_URL say where.",
        epilog="Exit code 0: done. 1: it failed, or something is missing. 2: the arguments or settings are wrong.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = commands.add_parser("provision", help="make or repair every stream and durable (safe to repeat)")
    kept = commands.add_parser("keep", help="run for ever, and make streams again that are gone")
    for one in (made, kept):
        one.add_argument(
            "--replicas", type=int, choices=(1, 3, 5), help="copies of each stream (else as many as there are, or 1)"
        )
    made.add_argument(
        "--wait", type=float, default=60.0, metavar="SECONDS", help="how long JetStream may take to be ready (60)"
    )
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


def main(given: Sequence[str]) -> int:
    """Run one command and return the exit code; wrong arguments end the program by SystemExit."""
    arguments = _parser().parse_args(given)
    settings, name = read_settings(Settings), f"{PROGRAM}: {arguments.command}"
    if arguments.command == "keep":
        return _keep(name, settings, arguments.replicas)
    command = COMMANDS[arguments.command]
    return asyncio.run(run(name, settings, lambda js: command(js, arguments, settings)))


def _keep(name: str, settings: Settings, replicas: int | None) -> int:
    try:
        return asyncio.run(keep(settings, replicas=replicas))
    except (NatsError, OSError) as error:
        return refused(name, error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
