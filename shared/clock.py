"""Time as the system keeps it: aware UTC, to the millisecond, because that is what MongoDB stores."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time in UTC, cut to milliseconds so that it survives a round trip unchanged."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
