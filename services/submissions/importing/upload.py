"""A file that a member sends: read, checked and imported by the same rules as on the command line.

The whole file is one transaction: all its good rows are in, or none is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from services.submissions.domain.contribution import Contribution
from services.submissions.domain.state import State
from services.submissions.importing import bring_in
from services.submissions.importing.draft import SOURCE, Imported
from services.submissions.importing.drafts import drafts
from services.submissions.importing.languages import detector
from services.submissions.importing.table import BadRow, Unreadable, open_export
from services.submissions.records import Records
from shared.errors import FieldError, Invalid, TooLarge
from shared.store.outbox import Transaction

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 500
ELSE = "Larger exports are imported with the command line: python -m services.submissions import EXPORT.csv"


class Outcome(StrEnum):
    """What became of a row, or would in a dry run."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LEFT_ALONE = "left_alone"
    REFUSED = "refused"


class Cause(StrEnum):
    """Why a row was left alone or refused."""

    BAD_ROW = "bad-row"
    WORKED_ON = "worked-on"
    DISCARDED = "discarded"
    SOMEBODY_ELSES = "somebody-elses"


_WORDS = {
    Cause.WORKED_ON: "Somebody has worked on this draft since it was imported.",
    Cause.DISCARDED: "You have discarded this draft. Restore it to work on it.",
    Cause.SOMEBODY_ELSES: "Somebody else has imported this project already.",
}
_OUTCOMES = {
    bring_in.Outcome.NEW: Outcome.CREATED,
    bring_in.Outcome.UPDATED: Outcome.UPDATED,
    bring_in.Outcome.UNCHANGED: Outcome.UNCHANGED,
    bring_in.Outcome.LEFT_ALONE: Outcome.LEFT_ALONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """What became of one row. ``left_out`` names what of it the record cannot hold."""

    line: int
    outcome: Outcome
    title: str
    identifier: str
    contribution_id: str | None = None
    reason_code: Cause | None = None
    reason: str | None = None
    left_out: tuple[str, ...] = ()


def read_rows(data: bytes) -> list[Imported | BadRow]:
    """Return a draft or a reason for each row. Takes some milliseconds a row: not for the event loop.

    Raises Invalid when the file as a whole cannot be read, TooLarge when it has more rows than ``MOST_ROWS``.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "The file"  # its name begins every complaint
        path.write_bytes(data)
        try:
            export = open_export(path)
            if export.rows > MOST_ROWS:
                detail = f"Send at most {MOST_ROWS} projects at once; these are {export.rows}. {ELSE}"
                raise TooLarge(detail, extra={"limit": MOST_ROWS})
            return list(drafts(export, detector()))
        except Unreadable as error:
            wrong = FieldError(pointer="", code="unreadable", message=str(error))
            raise Invalid(str(error), errors=(wrong,)) from error


async def import_rows(
    tx: Transaction, records: Records, rows: Sequence[Imported | BadRow], *, person_id: str, dry_run: bool
) -> list[RowReport]:
    """Import what can be imported for this person and report on every row; a dry run only reports.

    Drafts of other people are left alone, and nothing but that is told of them.
    """
    return [
        _refused(row) if isinstance(row, BadRow) else await _imported(tx, records, row, person_id, dry_run=dry_run)
        for row in rows
    ]


def _refused(row: BadRow) -> RowReport:
    return RowReport(
        line=row.line,
        outcome=Outcome.REFUSED,
        title=row.title,
        identifier=row.key,
        reason_code=Cause.BAD_ROW,
        reason=row.reason,
    )


async def _imported(tx: Transaction, records: Records, row: Imported, person_id: str, *, dry_run: bool) -> RowReport:
    present = await records.contributions.by_origin(SOURCE, row.key, tx.session)
    outcome = bring_in.outcome_of(records, present, row, person_id)
    cause = _cause(records, present, outcome, person_id)
    if cause:
        outcome = bring_in.Outcome.LEFT_ALONE
    contribution_id = present.id if present else None
    if not dry_run and not cause:
        contribution_id = await bring_in.take(tx, records, present, row, outcome, owner_id=person_id)
    return RowReport(
        line=row.line,
        outcome=_OUTCOMES[outcome],
        title=row.title,
        identifier=row.key,
        contribution_id=None if cause is Cause.SOMEBODY_ELSES else contribution_id,
        reason_code=cause,
        reason=_WORDS[cause] if cause else None,
        left_out=row.left_out if outcome in (bring_in.Outcome.NEW, bring_in.Outcome.UPDATED) else (),
    )


def _cause(records: Records, present: Contribution | None, outcome: bring_in.Outcome, person_id: str) -> Cause | None:
    """Why what is there must be left alone, if it must."""
    if present is None:
        return None
    # What an operator's import left to nobody yet may be handed over; that is then an update.
    is_free = present.owner_id == records.settings.import_owner and outcome is bring_in.Outcome.UPDATED
    if not present.is_author(person_id) and not is_free:
        return Cause.SOMEBODY_ELSES
    if present.state is State.DISCARDED:
        return Cause.DISCARDED
    return Cause.WORKED_ON if outcome is bring_in.Outcome.LEFT_ALONE else None
