"""An endpoint: an address of an organisation's own system that public events are sent to."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.syndication.domain.filters import Filter

MOST_SECRETS: Final = 2  # a receiver has to try every signature: one new, one that ends


class State(StrEnum):
    """``paused`` by its people, ``disabled`` by us. What is published meanwhile waits for it either way."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class Reason(StrEnum):
    """Why we disabled it."""

    EXHAUSTED = "exhausted"  # an event came to the end of the schedule, and nothing arrived since it began
    FAILING = "failing"  # nothing arrived for days
    GONE = "gone"  # it answered 410


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecret:
    """A secret as it is kept: encrypted. ``ends_at`` is set once a newer one took its place."""

    sealed: bytes
    made_at: datetime
    ends_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.ends_at is None or now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """``version`` counts its changes, ``said`` the events that were said of it. ``secrets``: the newest first.

    ``failing_since`` is when the first attempt failed after which none arrived; ``quiet_until`` until when it asked to
    be left alone (Retry-After).
    """

    id: str
    organisation: str
    owner_id: str
    name: str
    url: str
    filter: Filter
    ordered: bool
    state: State
    secrets: tuple[SealedSecret, ...]
    created_at: datetime
    changed_at: datetime
    reason: Reason | None = None
    failing_since: datetime | None = None
    quiet_until: datetime | None = None
    version: int = 1
    said: int = 0

    def changed(self, now: datetime, **fields: object) -> "Endpoint":
        """Return it with these fields, as its next version."""
        return replace(self, version=self.version + 1, changed_at=now, **fields)  # type: ignore[arg-type]

    def rotated(self, sealed: bytes, now: datetime, *, overlap: timedelta) -> "Endpoint":
        """Return it with a new secret; the one before holds for ``overlap`` more, one before that no longer."""
        before = self.secrets[0]
        ends = now + overlap
        older = replace(before, ends_at=min(ends, before.ends_at) if before.ends_at else ends)
        kept = (older,) if older.holds(now) else ()
        return self.changed(now, secrets=(SealedSecret(sealed=sealed, made_at=now), *kept))

    def with_newest_secret_only(self, now: datetime) -> "Endpoint":
        return self.changed(now, secrets=self.secrets[:1])

    def previous_secret(self, now: datetime) -> SealedSecret | None:
        """Return the secret that still holds beside the newest."""
        return next((one for one in self.secrets[1:] if one.holds(now)), None)

    def holding(self, now: datetime) -> tuple[SealedSecret, ...]:
        """Return the secrets to sign with."""
        return tuple(one for one in self.secrets if one.holds(now))[:MOST_SECRETS]

    def resumed(self, now: datetime) -> "Endpoint":
        return self.changed(now, state=State.ACTIVE, reason=None, failing_since=None, quiet_until=None)

    def disabled(self, reason: Reason, now: datetime) -> "Endpoint":
        return self.changed(now, state=State.DISABLED, reason=reason, said=self.said + 1)
