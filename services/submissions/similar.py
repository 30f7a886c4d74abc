"""Near-duplicate hints: what is much alike among published practices and the person's own contributions.

Nobody learns of somebody else's unpublished work this way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
) -> list[NearDuplicate]:
    """Return at most ten contributions that are much alike, the likest first."""
    if fingerprint is None:
        return []
    documents = await records.likeness.alike(person_id, fingerprint.bands, but=contribution_id)
    found = {document["_id"]: document for document in documents}
    hints = (_hint(fingerprint, document) for document in found.values())
    alike = sorted((hint for hint in hints if hint.score >= ALIKE), key=lambda hint: hint.score, reverse=True)
    return alike[:HINTS]


def _hint(fingerprint: Fingerprint, document: Mapping[str, Any]) -> NearDuplicate:
    other = fingerprint_from(document)
    score = similarity(fingerprint, other) if other else 0.0
    return NearDuplicate(
        contribution_id=document["_id"], title=_title(document), score=round(score, 2), public=document["public"]
    )


def _title(document: Mapping[str, Any]) -> str:
    titles: Mapping[str, Mapping[str, str]] = document.get("title") or {}
    chosen = titles.get(document.get("source_language", "")) or next(iter(titles.values()), {})
    return chosen.get("text", "")
