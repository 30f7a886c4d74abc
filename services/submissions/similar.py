"""Near-duplicate hints: what is much alike among published practices and the person's own contributions.

Nobody learns of somebody else's unpublished work this way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from services.submissions.documents import fingerprint_from
from services.submissions.records import Records
from shared.contribution.fingerprint import Fingerprint, similarity
from shared.events.submissions import NearDuplicate

ALIKE = 0.4
HINTS = 10


async def similar_to(
    records: Records,
    contribution_id: str,
    fingerprint: Fingerprint | None,
    *,
    person_id: str,
    session: AsyncClientSession | None = None,
) -> list[NearDuplicate]:
    """Return at most ten contributions that are much alike, the likest first."""
    if fingerprint is None:
        return []
    bands = fingerprint.bands
    own = await records.contributions.alike(person_id, bands, but=contribution_id, session=session)
    public = await records.practices.alike(bands, but=contribution_id, session=session)
    found = {document["_id"]: document for document in (*own, *({**one, **one["practice"]} for one in public))}
    hints = (_hint(fingerprint, document) for document in found.values())
    alike = sorted((hint for hint in hints if hint.score >= ALIKE), key=lambda hint: hint.score, reverse=True)
    return alike[:HINTS]


def _hint(fingerprint: Fingerprint, document: Mapping[str, Any]) -> NearDuplicate:
    other = fingerprint_from(document)
    score = similarity(fingerprint, other) if other else 0.0
    return NearDuplicate(
        contribution_id=document["_id"], title=_title(document.get("content") or {}), score=round(score, 2)
    )


def _title(content: Mapping[str, Any]) -> str:
    titles: Mapping[str, Mapping[str, str]] = content.get("title") or {}
    chosen = titles.get(content.get("source_language", "")) or next(iter(titles.values()), {})
    return chosen.get("text", "")
