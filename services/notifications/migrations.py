"""What changed in the form of what this service keeps, release by release. How one is written: docs/migrations.md."""

from __future__ import annotations

from services.notifications.store.documents import Document
from shared.store.migrate import Migration


def _with_versions(person: Document) -> Document:
    kept = {name: person.get(name, 0) for name in ("settings_version", "preferences_version")}
    return {"$set": kept}


MIGRATIONS = (
    Migration(
        number=1,
        name="people have versions of their settings and preferences",
        collection="people",
        old={"$or": [{"settings_version": {"$exists": False}}, {"preferences_version": {"$exists": False}}]},
        change=_with_versions,
    ),
)
