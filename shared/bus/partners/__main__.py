"""``python -m shared.bus.partners``: who may read the public events from NATS, each in an account of its own."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime

from shared.bus.command_line import Parser, refused, run
from shared.bus.partners.commands import COMMANDS, show_snippet
from shared.bus.partners.partner import (
    LONGEST_ACK_WAIT,
    LONGEST_NAME,
    NAME,
    SHORTEST_ACK_WAIT,
    SUBJECTS,
    USUAL_ACK_WAIT,
    checked_events,
)
from shared.bus.partners.settings import PartnersSettings
from shared.bus.partners.snippets import LANGUAGES
from shared.errors import DomainError
from shared.settings import read_settings

PROGRAM = "python -m shared.bus.partners"


def _parser() -> Parser:
    parser = Parser(
        prog=PROGRAM,
        description="Partners read the public events from NATS. PARTNERS_FILE names them, PARTNERS_ACCOUNTS is what"
        " nats-server includes; NATS_URL, NATS_USER and NATS_PASSWORD say where and who you are (operator).",
        epilog="Exit code 0: done. 1: it failed, or something is missing. 2: the arguments or settings are wrong.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, words: str, *, reloads: bool = False, one: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words)
        if one:
            made.add_argument("name", type=_name, help="its name: small letters, digits and hyphens")
        if reloads:
            made.add_argument("--reload", type=int, metavar="PID", help="the nats-server to reload (NATS_PID_FILE)")
        return made

    added = command("add", "let a new partner in; shows its seed, once, and how to connect", reloads=True)
    added.add_argument("--organisation", required=True, help="whose system it is")
    added.add_argument("--contact", required=True, help="whom to ask about it: a mail address")
    added.add_argument(
        "--since", type=_since, default="all", help="all that is kept (default), now, or a time in ISO 8601"
    )
    command("list", "name the partners, and how each keeps up", one=False).add_argument(
        "--json", action="store_true", help="one JSON object a line"
    )
    command("show", "tell all about one")
    shown = command("snippet", "show how to connect, without the seed")
    changed = command("change", "change what it hears or who it is; it stays as far as it was")
    changed.add_argument("--organisation", help="whose system it is")
    changed.add_argument("--contact", help="whom to ask about it")
    turned = command("rotate", "give it a second key; shows the seed, once", reloads=True)
    turned.add_argument("--finish", action="store_true", help="end the older key, once the new one is in use")
    for each in (added, changed):
        each.add_argument(
            "--events",
            type=_events,
            default=() if each is added else None,
            help=f"'all' or a list by commas of {', '.join(SUBJECTS)}",
        )
        each.add_argument(
            "--ack-wait",
            type=_seconds,
            default=USUAL_ACK_WAIT if each is added else None,
            metavar="SECONDS",
            help=f"how long it may take over one event before it comes again ({USUAL_ACK_WAIT:.0f})",
        )
    for each in (added, shown, turned):
        each.add_argument("--in", dest="language", choices=LANGUAGES, default="python", help="the kind of program")
    revoked = command("revoke", "let it in no more: ends its connections and forgets its place", reloads=True)
    revoked.add_argument("--yes", action="store_true", help="yes, for good")
    command("apply", "make accounts and durables as the partners file says (safe to repeat)", reloads=True, one=False)
    return parser


def _name(text: str) -> str:
    if not NAME.fullmatch(text) or len(text) > LONGEST_NAME:
        raise argparse.ArgumentTypeError(
            f"{text!r}: small letters, digits and hyphens, a letter first, {LONGEST_NAME} at most"
        )
    return text


def _events(text: str) -> tuple[str, ...]:
    if text == "all":
        return ()
    try:
        return checked_events(tuple(text.split(",")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _since(text: str) -> str:
    try:
        if text not in {"all", "now"} and datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is neither all, now nor a time like 2026-01-31T09:00Z") from error
    return text


def _seconds(text: str) -> float:
    if not text.isdecimal() or not SHORTEST_ACK_WAIT <= int(text) <= LONGEST_ACK_WAIT:
        raise argparse.ArgumentTypeError(f"whole seconds from {SHORTEST_ACK_WAIT} to {LONGEST_ACK_WAIT}")
    return float(text)


def main(given: Sequence[str]) -> int:
    """Run one command and return the exit code; wrong arguments end the program by SystemExit."""
    arguments = _parser().parse_args(given)
    settings, name = read_settings(PartnersSettings), f"{PROGRAM}: {arguments.command}"
    if arguments.command == "snippet":  # asks nobody
        try:
            return show_snippet(arguments, settings)
        except DomainError as error:
            return refused(name, error)
    command = COMMANDS[arguments.command]
    return asyncio.run(run(name, settings, lambda js: command(js, arguments, settings)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
