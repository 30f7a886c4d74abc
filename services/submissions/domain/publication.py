"""Publication: what became public, when it must be looked at again, and what stays when it is taken down."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, datetime

REVIEW_AFTER_MONTHS = 24
KEEP_DISCARDED_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The public edition of a contribution. It is ``stale`` once ``review_by`` passed unconfirmed."""

    version: int
    round: int
    published_at: datetime
    first_published_at: datetime
    review_by: date
    stale: bool = False

    def confirmed(self, review_by: date) -> Publication:
        """It still holds: good until the new date."""
        return replace(self, review_by=review_by, stale=False)

    def is_due(self, today: date) -> bool:
        """Whether its review-by date passed without anybody having said so yet."""
        return not self.stale and self.review_by < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What the address answers after the practice is gone; ``reason_code`` is of the list tombstone-reasons."""

    reason_code: str
    reason: str
    at: datetime


def review_by(day: date, months: int = REVIEW_AFTER_MONTHS) -> date:
    """Return the day ``months`` calendar months later, the last of the month where there is no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def address_of(public_url: str, practice_id: str) -> str:
    """Return the stable public address of a practice."""
    return f"{public_url.rstrip('/')}/practices/{practice_id}"
