"""A row into the database: a new draft, a newer text for an untouched one, or nothing."""

from __future__ import annotations

from enum import StrEnum

from pymongo.errors import DuplicateKeyError

from services.submissions.create import create
from services.submissions.domain.contribution import Contribution, authors_of
from services.submissions.domain.origin import import_again, is_as_imported
from services.submissions.domain.state import Origin
from services.submissions.importing.draft import SOURCE, Imported
from services.submissions.records import Records
from shared.store.outbox import Transaction


class Outcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LEFT_ALONE = "left alone"


async def bring_in(records: Records, imported: Imported, *, owner_id: str, dry_run: bool) -> Outcome:
    """Import one row in one transaction; a second import of the same row changes nothing.

    A draft that somebody worked on, and whatever has left the draft state, is left alone. An untouched draft of the
    import's own default owner is handed over to ``owner_id``.
    """

    async def act(tx: Transaction) -> Outcome:
        present = await records.contributions.by_origin(SOURCE, imported.key, tx.session)
        outcome = outcome_of(records, present, imported, owner_id)
        if not dry_run:
            await take(tx, records, present, imported, outcome, owner_id=owner_id)
        return outcome

    try:
        return await records.store.transact(act)
    except DuplicateKeyError:  # another import was quicker with the same project
        return await records.store.transact(act)


async def take(
    tx: Transaction,
    records: Records,
    present: Contribution | None,
    imported: Imported,
    outcome: Outcome,
    *,
    owner_id: str,
) -> str | None:
    """Do what ``outcome`` says about a row; returns the id of its contribution, if there is one."""
    if outcome is Outcome.NEW:
        origin = Origin(source=SOURCE, key=imported.key, row=imported.row, revision=1)
        return (await create(tx, records, imported.content, person_id=owner_id, origin=origin)).id
    if outcome is Outcome.UPDATED and present:
        await _update(tx, records, present, imported, owner_id)
    return present.id if present else None


def outcome_of(records: Records, present: Contribution | None, imported: Imported, owner_id: str) -> Outcome:
    """Say what is to become of a row, given what was imported of the project before."""
    if present is None:
        return Outcome.NEW
    handed_over = _next_owner(records, present, owner_id) != present.owner_id and is_as_imported(present)
    if present.origin and present.origin.row == imported.row and not handed_over:
        return Outcome.UNCHANGED
    return Outcome.UPDATED if is_as_imported(present) else Outcome.LEFT_ALONE


async def _update(tx: Transaction, records: Records, present: Contribution, imported: Imported, owner_id: str) -> None:
    owner, content = _next_owner(records, present, owner_id), imported.content.as_json()
    after = import_again(
        present,
        tx.now,
        row=imported.row,
        owner_id=owner,
        content=content,
        author_ids=authors_of(owner, content),
    )
    await records.contributions.put(tx, present, after)


def _next_owner(records: Records, present: Contribution, owner_id: str) -> str:
    return owner_id if present.owner_id == records.settings.import_owner else present.owner_id
