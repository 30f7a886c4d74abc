"""``python -m services.submissions import FILE.csv``: progress while it runs, a report at the end.

Exit code 0: every row was imported or was there already; 1: some rows were bad, the others are in; 2: the file or the
database could not be read, nothing was imported.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pymongo.errors import PyMongoError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.submissions.importing.bring_in import Outcome, bring_in
from services.submissions.importing.draft import Imported
from services.submissions.importing.drafts import drafts
from services.submissions.importing.languages import detector
from services.submissions.importing.table import BadRow, Export, Unreadable, open_export
from services.submissions.records import Records
from services.submissions.settings import SubmissionsSettings
from shared.http.claims import person_id
from shared.store.client import Store

ALL_WELL, SOME_BAD, NOTHING_DONE = 0, 1, 2


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line; exits with 2 when it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m services.submissions import",
        description="Make draft contributions of an Erasmus+ Project Results Platform export (CSV, UTF-8).",
        epilog="Importing twice changes nothing. A newer row updates a draft that nobody has worked on.",
    )
    parser.add_argument("file", type=Path, help="the export")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    owner = parser.add_mutually_exclusive_group()
    owner.add_argument("--owner", metavar="PERSON_ID", help="the person whose the drafts shall be")
    owner.add_argument("--account", metavar="SUB", help="the same, by the account's `sub` at the configured sign-in")
    options = parser.parse_args(given)
    for name, value in (("--owner", options.owner), ("--account", options.account)):
        if value is not None and not value.strip():
            parser.exit(NOTHING_DONE, f"{parser.prog}: {name} is empty; --help tells more\n")
    return options


async def import_file(options: argparse.Namespace, settings: SubmissionsSettings, console: Console) -> int:
    """Import the file and report on the console; returns the exit code."""
    try:
        export = open_export(options.file)
    except Unreadable as error:
        console.print(f"Nothing imported: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return NOTHING_DONE
    owner_id = options.owner or settings.import_owner
    if options.account:
        owner_id = person_id(settings.oidc_issuer, options.account)
    try:
        store = await Store.connect(str(settings.mongodb_url), settings.database, service="submissions")
    except PyMongoError as error:
        said = str(error).partition(",")[0]
        console.print(f"Nothing imported: no database at MONGODB_URL ({said}).", style="red", markup=False)
        return NOTHING_DONE
    try:
        records = Records.of(store, settings)
        await records.make_indexes()
        report = await _import(export, records, console, owner_id=owner_id, dry_run=options.dry_run)
    finally:
        await store.close()
    _tell(report, console, dry_run=options.dry_run)
    return SOME_BAD if report.bad else ALL_WELL


class _Report:
    """What became of the rows."""

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.bad: list[BadRow] = []


async def _import(export: Export, records: Records, console: Console, *, owner_id: str, dry_run: bool) -> _Report:
    report = _Report()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Importing", total=export.rows)
        for found in drafts(export, detector()):
            if isinstance(found, BadRow):
                report.bad.append(found)
                _line(console, found.line, f"not imported: {found.reason}", style="red")
            else:
                outcome = await bring_in(records, found, owner_id=owner_id, dry_run=dry_run)
                report.outcomes[outcome] += 1
                _remark(console, found, outcome)
            progress.advance(task)
    return report


def _remark(console: Console, imported: Imported, outcome: Outcome) -> None:
    if outcome is Outcome.LEFT_ALONE:
        _line(console, imported.line, f"project {imported.key} left alone: somebody has worked on it", style="yellow")
    elif imported.left_out and outcome is not Outcome.UNCHANGED:
        _line(console, imported.line, f"left out: {', '.join(imported.left_out)}", style="yellow")


def _line(console: Console, line: int, words: str, *, style: str) -> None:
    console.print(f"line {line}: {words}", style=style, highlight=False, markup=False, soft_wrap=True)


def _tell(report: _Report, console: Console, *, dry_run: bool) -> None:
    told = [f"{report.outcomes[outcome]} {outcome.value}" for outcome in Outcome]
    told.append(f"{len(report.bad)} bad")
    lead = "Would import" if dry_run else "Imported"
    console.print(f"{lead}: {', '.join(told)}.", highlight=False)
