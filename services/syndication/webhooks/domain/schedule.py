"""When a delivery that failed is tried again: the schedule of Standard Webhooks, with jitter."""

from datetime import datetime, timedelta
from typing import Final

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Retries": how long after
# the attempt before; the first is made at once.
SCHEDULE: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER: Final = 0.1  # at most so much longer, so that what failed together does not come together
LONGEST_QUIET: Final = timedelta(hours=24)


def next_attempt(
    attempts: int, now: datetime, *, chance: float, quiet_until: datetime | None = None
) -> datetime | None:
    """Return when to try again after so many attempts, the last of them now; None when they were the last.

    ``chance`` is a random number from 0 to 1. ``quiet_until`` is before when the receiver does not want to be asked.
    """
    if attempts >= len(SCHEDULE):
        return None
    due = now + SCHEDULE[attempts] * (1 + JITTER * chance)
    return max(due, quiet_until) if quiet_until else due
