"""``python -m shared.backup``: back up an installation, restore it into an empty one, and prove that they are equal."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx
from nats.aio.client import Client

from shared.backup.compare_record import compare_record
from shared.backup.compare_search import compare_with_search
from shared.backup.compare_streams import compare_streams
from shared.backup.documents import RawClient, raw_client
from shared.backup.folder import Manifest, whole
from shared.backup.progress import Progress
from shared.backup.restore import restore
from shared.backup.save import save
from shared.bus.command_line import EXIT_FAILED, Parser, refused, run_connected
from shared.errors import DomainError, Invalid
from shared.settings import Settings, read_settings

PROGRAM = "python -m shared.backup"
PARTS = ("record", "streams", "search")
SEARCH_SECONDS = 20.0


def _parser() -> Parser:
    parser = Parser(
        prog=PROGRAM,
        description="Backups of an installation: what every service keeps in MongoDB as of one moment, and what is in"
        " the streams alone. NATS_URL, NATS_USER (operator), NATS_PASSWORD and MONGODB_URL say where; the user of"
        " MongoDB reads, and to restore writes, the databases of all services.",
        epilog="Exit code 0: done, or equal. 1: it failed, or something differs. 2: the arguments, the settings or the"
        " backup are wrong, and nothing was written.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    saved = commands.add_parser("save", help="back up, while everything runs, to a folder that is not there yet")
    saved.add_argument("to", type=Path, metavar="TO", help="the folder to make; readable by you alone")
    saved.add_argument(
        "--databases", nargs="+", metavar="NAME", help="those of the services, where DATABASE renames them"
    )
    checked = commands.add_parser("check", help="see that a backup is whole and as it was written")
    restored = commands.add_parser("restore", help="restore into an empty installation, before any service is started")
    restored.add_argument(
        "--replicas", type=int, default=1, choices=(1, 3, 5), help="copies of each stream in a cluster"
    )
    compared = commands.add_parser(
        "compare", help="compare an installation with a backup: before services run, or only search once they do"
    )
    compared.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        help="record and streams (as if not given), search; running services change both",
    )
    compared.add_argument("--search", metavar="URL", help="where search answers, for --only search")
    for command in (checked, restored, compared):
        command.add_argument("source", type=Path, metavar="FROM", help="the folder of the backup")
    for command in (saved, restored, compared):
        command.add_argument("--quiet", action="store_true", help="say nothing but the end")
    return parser


async def _save(arguments: argparse.Namespace, client: RawClient, connection: Client) -> int:
    progress = Progress(quiet=arguments.quiet)
    to = arguments.to.absolute()
    manifest = await save(client, connection, to, databases=arguments.databases, progress=progress)
    documents = sum(one.documents for database in manifest.databases for one in database.collections)
    messages = sum(one.messages for one in manifest.streams)
    size = sum(file.bytes for file in manifest.files())
    seconds = (manifest.made_at - manifest.begun_at).total_seconds()
    print(f"{to}: {documents:,} documents and {messages:,} messages, {size:,} bytes, {seconds:.1f} s")
    return 0


async def _restore(arguments: argparse.Namespace, client: RawClient, connection: Client) -> int:
    progress = Progress(quiet=arguments.quiet)
    manifest = await restore(client, connection, arguments.source, replicas=arguments.replicas, progress=progress)
    print(f"restored as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC; 'compare' proves it, then start the services")
    return 0


async def _compare(arguments: argparse.Namespace, client: RawClient, connection: Client) -> int:
    parts = tuple(arguments.only or PARTS[:2])
    if ("search" in parts) != bool(arguments.search):
        raise Invalid("--only search and --search URL go together")
    progress = Progress(quiet=arguments.quiet)
    manifest = whole(arguments.source)
    found: list[str] = []
    if "record" in parts:
        found += await compare_record(client, arguments.source, manifest, progress)
    if "streams" in parts:
        found += await compare_streams(connection, arguments.source, manifest, progress)
    if "search" in parts:
        found += await _search(arguments.search, connection, arguments.source, manifest, progress)
    for line in found:
        print(line)
    print(f"{' and '.join(parts)}: {f'{len(found)} differences' if found else 'as in the backup'}")
    return EXIT_FAILED if found else 0


async def _search(url: str, connection: Client, source: Path, manifest: Manifest, progress: Progress) -> list[str]:
    try:
        async with httpx.AsyncClient(base_url=url, timeout=SEARCH_SECONDS, trust_env=False) as http:
            return await compare_with_search(http, connection, source, manifest, progress)
    except httpx.HTTPError as error:
        raise OSError(f"search at {url} does not answer: {error!r}") from error


def _check(arguments: argparse.Namespace) -> int:
    try:
        manifest = whole(arguments.source)
    except DomainError as error:
        return refused(f"{PROGRAM}: check", error)
    print(f"{arguments.source} is whole: the record as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC")
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace, RawClient, Client], Awaitable[int]]] = {
    "save": _save,
    "restore": _restore,
    "compare": _compare,
}


def main(given: Sequence[str]) -> int:
    """Run one command and return the exit code; wrong arguments end the program by SystemExit."""
    arguments = _parser().parse_args(given)
    if arguments.command == "check":
        return _check(arguments)
    settings, command = read_settings(Settings), COMMANDS[arguments.command]

    async def act(connection: Client) -> int:
        async with raw_client(str(settings.mongodb_url)) as client:
            return await command(arguments, client, connection)

    return asyncio.run(run_connected(f"{PROGRAM}: {arguments.command}", settings, act))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
