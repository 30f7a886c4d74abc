"""What changed in the form of what this service keeps, release by release. How one is written: docs/migrations.md."""

from __future__ import annotations

from typing import Final

from services.review.documents import Document
from services.review.domain.conflict import UNFOLDED, keys
from shared.store.migrate import Migration

_KEYS: Final = ("lead", "partners", "organisations", "author_names")
_OLD: Final = {"$regex": f"[{''.join(UNFOLDED)}]"}


def _with_folded_keys(case: Document) -> Document:
    return {"$set": {name: sorted(keys(case[name])) for name in _KEYS}}


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        number=1,
        name="keys of organisations and authors have no letters with strokes",
        collection="cases",
        old={"$or": [{name: _OLD} for name in _KEYS]},
        change=_with_folded_keys,
    ),
)
