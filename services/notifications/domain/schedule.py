"""When reminders and digests are due. A date that was missed is late, not lost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.notifications.domain.kinds import Kind

DIGEST_HOUR = time(7, 0)
DRAFT_UNTOUCHED = timedelta(days=14)
CHANGES_UNANSWERED = timedelta(days=21)
# A review is announced as due this long before, or at half of its time if it has less than twice that.
DUE_SOON = timedelta(days=3)

_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,2}")


class Stage(StrEnum):
    """Where a contribution stands, as far as its own events have told."""

    DRAFT = "draft"
    DISCARDED = "discarded"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    PUBLISHED = "published"
    TOMBSTONED = "tombstoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A contribution's stage, with the version and round it was last handed in as (0 before that)."""

    stage: Stage
    version: int
    round: int


def due_soon_at(now: datetime, due_at: datetime) -> datetime:
    """Return when to remind of a review that is due: three days before, or halfway if less than six are left."""
    return max(due_at - DUE_SOON, now + (due_at - now) / 2)


def still_applies(kind: Kind, about: Standing, present: Standing | None) -> bool:
    """Say whether a reminder to an author still has its reason.

    ``about`` is how the contribution stood when the reminder was made, ``present`` how it stands. The two families of
    events are heard independently, so an answer may be known before its question: only the present decides.
    """
    if kind in (Kind.DRAFT_REMINDER, Kind.CHANGES_REMINDER):
        return present == about
    return True


def superseded(kind: Kind, due: Mapping[Kind, datetime], now: datetime) -> bool:
    """Say whether a late reminder has nothing left to say: what was due soon is overdue by now."""
    overdue = due.get(Kind.REVIEW_OVERDUE)
    return kind is Kind.REVIEW_DUE_SOON and overdue is not None and overdue <= now


def zone(name: str | None) -> tzinfo:
    """Return a person's time zone, or UTC where none is set or this machine no longer knows it."""
    return ZoneInfo(name) if name and is_zone(name) else UTC


def is_zone(name: str) -> bool:
    """Say whether this is the name of a time zone (IANA) that this machine knows."""
    try:
        return bool(_ZONE_NAME.fullmatch(name)) and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def next_digest(after: datetime, where: tzinfo) -> datetime:
    """Return the first seven o'clock in the morning, there, after a moment; as UTC."""
    local = after.astimezone(where)
    today = datetime.combine(local.date(), DIGEST_HOUR, tzinfo=where)
    if today <= local:
        today = datetime.combine(local.date() + timedelta(days=1), DIGEST_HOUR, tzinfo=where)
    return today.astimezone(UTC)
