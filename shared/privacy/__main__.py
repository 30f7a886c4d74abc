"""``python -m shared.privacy``: what is held about a person, for an administrator to find, hand out and erase."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from pymongo import AsyncMongoClient

from shared.backup.databases import DATABASES
from shared.bus.command_line import EXIT_FAILED, Parser, run_connected
from shared.errors import Conflict, Invalid
from shared.privacy.find import Documents, Found, export, find, person_known_as
from shared.privacy.forget import forget
from shared.privacy.person import Person
from shared.settings import Settings, read_settings
from shared.store.client import SERVER_SELECTION_MILLISECONDS

PROGRAM = "python -m shared.privacy"


def _parser() -> Parser:
    parser = Parser(
        prog=PROGRAM,
        description="What is held about a person, over all services. NATS_URL, NATS_USER (operator), NATS_PASSWORD and"
        " MONGODB_URL say where; the user of MongoDB reads and writes the databases of all services.",
        epilog="Exit code 0: done. 1: it failed, or the person is still named somewhere. 2: the arguments or settings"
        " are wrong.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    found = commands.add_parser("find", help="say in which collections and streams a person is named")
    given = commands.add_parser("export", help="write all that is held about a person to a ZIP file")
    given.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to make; readable by you alone")
    gone = commands.add_parser("erase", help="erase a person everywhere; their account has to be closed before")
    gone.add_argument("--yes", action="store_true", help="yes, erase: it cannot be undone")
    gone.add_argument("--seconds", type=float, default=60.0, help="how long to wait for the services (60)")
    for command in (found, given, gone):
        command.add_argument("person", help="the id of the person, or a mail address that they signed in with")
        command.add_argument("--name", action="append", default=[], help="another name they go by; may be repeated")
        command.add_argument("--mail", action="append", default=[], help="another address of theirs; may be repeated")
        command.add_argument("--databases", nargs="+", metavar="NAME", help="those of the services, where renamed")
    return parser


async def _find(_: argparse.Namespace, client: Documents, connection: Client, names: list[str], person: Person) -> int:
    _tell(await find(client, connection, names, person))
    return 0


async def _export(arguments: argparse.Namespace, client: Documents, _: Client, names: list[str], person: Person) -> int:
    try:
        _tell(await export(client, names, person, arguments.to))
    except FileExistsError:
        raise Conflict(f"{arguments.to} is there already: name a file that is not") from None
    print(f"{arguments.to}: read it before you hand it out; texts may name others")
    return 0


async def _erase(
    arguments: argparse.Namespace, client: Documents, connection: Client, names: list[str], person: Person
) -> int:
    if not arguments.yes:
        _tell(await find(client, connection, names, person))
        raise Invalid("this cannot be undone; add --yes")
    left = await forget(client, connection, names, person, seconds=arguments.seconds, told=print)
    if left.documents or left.messages:
        print("still named, so somebody wrote it meanwhile; erase again:")
        _tell(left)
        return EXIT_FAILED
    print(f"erased; what had to stay names {person.pseudonym}. Backups from before still hold the person")
    return 0


def _tell(found: Found) -> None:
    for line in found.lines():
        print(line)
    print(f"{sum(found.documents.values()):,} documents, {sum(found.messages.values()):,} messages")


COMMANDS: dict[str, Callable[[argparse.Namespace, Documents, Client, list[str], Person], Awaitable[int]]] = {
    "find": _find,
    "export": _export,
    "erase": _erase,
}


def main(given: Sequence[str]) -> int:
    """Run one command and return the exit code; wrong arguments end the program by SystemExit."""
    arguments = _parser().parse_args(given)
    settings, command = read_settings(Settings), COMMANDS[arguments.command]

    async def act(connection: Client) -> int:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            str(settings.mongodb_url), tz_aware=True, serverSelectionTimeoutMS=SERVER_SELECTION_MILLISECONDS
        )
        async with client:
            there = set(await client.list_database_names())
            names = [name for name in arguments.databases or DATABASES if name in there]
            person = await person_known_as(client, names, arguments.person, names=arguments.name, emails=arguments.mail)
            return await command(arguments, client, connection, names, person)

    return asyncio.run(run_connected(f"{PROGRAM}: {arguments.command}", settings, act))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
