"""What changed in the form of what this service keeps, release by release. How one is written: docs/migrations.md."""

from __future__ import annotations

from shared.store.migrate import Migration

MIGRATIONS: tuple[Migration, ...] = ()
