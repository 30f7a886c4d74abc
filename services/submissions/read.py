"""What authors read of their own: the list, one contribution, its completeness, its versions, its timeline."""

from __future__ import annotations

from services.submissions.documents import Document
from services.submissions.records import Records
from services.submissions.similar import similar_to
from services.submissions.store.contributions import Contributions
from shared.contribution.completeness import completeness
from shared.contribution.fingerprint import fingerprint
from shared.contribution.merge import parse
from shared.errors import FieldError
from shared.events.submissions import NearDuplicate


async def check(
    records: Records, contribution_id: str, *, person_id: str
) -> tuple[list[FieldError], list[NearDuplicate]]:
    """Return every missing or wrong field of the working version, and what is much alike."""
    contribution = await records.contributions.of(person_id, contribution_id)
    content = parse(contribution.content)
    similar = await similar_to(records, contribution_id, fingerprint(content), person_id=person_id)
    return completeness(content), similar


async def versions(records: Records, contribution_id: str, *, person_id: str) -> list[Document]:
    """Return the snapshots of what was submitted, oldest first, without their content."""
    await records.contributions.of(person_id, contribution_id)
    return await records.contributions.snapshots(contribution_id)


async def version(
    contributions: Contributions, contribution_id: str, number: tuple[int, int], *, person_id: str
) -> Document:
    """Return one snapshot, whole."""
    await contributions.of(person_id, contribution_id)
    return await contributions.snapshot(contribution_id, *number)
