"""``python -m local``: all of Practice Exchange on one machine."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from local.addresses import FIRST_PORT, LAST_FIRST_PORT, Ports
from local.doctor import examine_demo
from local.heap import keep_few_arenas
from local.launcher import NOT_READY, InUse, Wish, launch, reset
from local.partners import NotUp, manage_partners
from local.token import show_token
from local.words import Words
from shared.garbage import look_seldom


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="All of Practice Exchange on one machine."
        " MONGODB_URL, NATS_URL (NATS_USER, NATS_PASSWORD), SMTP_URL and OIDC_ISSUER name real servers to use instead.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, says in (
        ("demo", "start everything and play the main job"),
        ("up", "start everything and wait"),
        ("reset", "forget the data of earlier runs"),
    ):
        command = commands.add_parser(name, help=says)
        command.add_argument("--data", type=Path, default=Path(".data"), help="where the data is kept")
        if name == "reset":
            continue
        command.add_argument("--split", action="store_true", help="run each service in a process of its own")
        command.add_argument("--first-port", type=_first_port, default=FIRST_PORT, help="move all ports (8100)")
        command.add_argument("--tls", action="store_true", help="let NATS take TLS only, with a certificate made here")
        if name == "demo":
            command.add_argument("--once", action="store_true", help="stop after the main job; the exit code tells")
    partners = commands.add_parser("partners", help="let other systems read from NATS, on a demo that is up")
    partners.add_argument("--data", type=Path, default=Path(".data"), help="where the data is kept")
    partners.add_argument("arguments", nargs=argparse.REMAINDER, help="as of python -m shared.bus.partners (--help)")
    token = commands.add_parser("token", help="print an access token of a demo account, to call the APIs with")
    token.add_argument("login", help="one of the accounts that the demo shows (graca.velosa)")
    token.add_argument("--first-port", type=_first_port, default=FIRST_PORT, help="as the demo was started with")
    doctor = commands.add_parser("doctor", help="say in words what is wrong with a demo that is up, and what mends it")
    doctor.add_argument("--data", type=Path, default=Path(".data"), help="where the data is kept")
    doctor.add_argument("--first-port", type=_first_port, default=FIRST_PORT, help="as the demo was started with")
    doctor.add_argument("--json", action="store_true", help="say it as JSON")
    return parser.parse_args()


def _first_port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= LAST_FIRST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"a number from 1 to {LAST_FIRST_PORT}, as the other ports follow it")


def main() -> int:
    keep_few_arenas()
    look_seldom()
    arguments = _arguments()
    if getattr(arguments, "tls", False):
        # It warns at the end of every connection by TLS of a client that has no half-closed ones.
        logging.getLogger("asyncio").setLevel(logging.ERROR)
    words = Words()
    try:
        if arguments.command == "token":
            return show_token(arguments.login, Ports(first=arguments.first_port))
        data = arguments.data.resolve()
        if arguments.command == "reset":
            return reset(data, words)
        if arguments.command == "partners":
            return manage_partners(data, arguments.arguments)
        if arguments.command == "doctor":
            ports = Ports(first=arguments.first_port)
            return examine_demo(data, ports, ["--json"] if arguments.json else [])
        wish = Wish(
            data=data,
            ports=Ports(first=arguments.first_port),
            split=arguments.split,
            plays=arguments.command == "demo",
            once=getattr(arguments, "once", False),
            tls=arguments.tls,
        )
        return _run(wish, words)
    except (InUse, NotUp) as error:
        words.wrong("The demo cannot start yet:", [str(error)])
        return NOT_READY


def _run(wish: Wish, words: Words) -> int:
    try:
        import uvloop  # noqa: PLC0415 - not on Windows
    except ImportError:
        return asyncio.run(launch(wish, words))
    code: int = uvloop.run(launch(wish, words))
    return code


if __name__ == "__main__":
    sys.exit(main())
