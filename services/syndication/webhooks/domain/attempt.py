"""What one attempt to deliver came to, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from services.syndication.webhooks.domain.endpoint import Endpoint, Reason
from services.syndication.webhooks.domain.schedule import LONGEST_QUIET, next_attempt

KEPT_BODY_BYTES: Final = 2048
KEPT_HEADERS: Final = frozenset(
    {"content-type", "content-length", "date", "location", "request-id", "retry-after", "server", "x-request-id"}
)
_LONGEST_HEADER: Final = 200
_SUCCESS: Final = 2
_REDIRECTION: Final = 3
_GONE: Final = 410
_BUSY: Final = (429, 503)
_MANY_SECONDS: Final = 10**6


class Outcome(StrEnum):
    """Only ``delivered`` counts."""

    DELIVERED = "delivered"  # 2xx
    GONE = "gone"  # 410: it wants nothing any more
    BUSY = "busy"  # 429 or 503
    REDIRECTED = "redirected"  # 3xx, never followed
    REFUSED = "refused"  # any other answer
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"  # no such name, nobody listens
    BROKEN = "broken"  # closed, or no HTTP
    INSECURE = "insecure"  # its certificate does not hold
    FORBIDDEN = "forbidden"  # its name leads where nothing is sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: ``status`` None and ``error`` set when it was no HTTP answer. ``body`` is cut off."""

    outcome: Outcome
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt, as it is kept for the endpoint's people. ``sent`` are the headers that differ each time."""

    at: datetime
    seconds: float
    url: str
    sent: Mapping[str, str]
    answer: Answer


def outcome_of(status: int) -> Outcome:
    """Say what a status means (RFC 9110, section 15)."""
    if status // 100 == _SUCCESS:
        return Outcome.DELIVERED
    if status == _GONE:
        return Outcome.GONE
    if status in _BUSY:
        return Outcome.BUSY
    return Outcome.REDIRECTED if status // 100 == _REDIRECTION else Outcome.REFUSED


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that are kept: those that help to find a fault, and that name nobody's session."""
    return {name: value[:_LONGEST_HEADER] for name, value in headers.items() if name in KEPT_HEADERS}


def quiet_until(answer: Answer, now: datetime) -> datetime | None:
    """Return until when a busy receiver asked to be left alone (RFC 9110, section 10.2.3), at most a day ahead."""
    told = answer.headers.get("retry-after", "").strip()
    if answer.outcome is not Outcome.BUSY or not told:
        return None
    try:
        if told.isascii() and told.isdecimal():
            until = now + min(timedelta(seconds=min(int(told), _MANY_SECONDS)), LONGEST_QUIET)
        else:
            until = parsedate_to_datetime(told)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None or until <= now:
        return None
    return min(until, now + LONGEST_QUIET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a delivery: ``due_at`` the next attempt, None when there is none. ``disable`` the endpoint?"""

    delivered: bool
    due_at: datetime | None = None
    quiet_until: datetime | None = None
    disable: Reason | None = None


def judge(
    answer: Answer,
    endpoint: Endpoint,
    *,
    attempts: int,
    begun_at: datetime,
    at: datetime,
    now: datetime,
    chance: float,
    patience: timedelta,
) -> Verdict:
    """Judge the last of so many attempts, the first of which was at ``begun_at`` and the last ``at`` this time.

    Nothing is tried for ever: an endpoint is disabled when an event came to the end of the schedule and nothing arrived
    since it began, or when for ``patience`` nothing arrived at all.
    """
    if answer.outcome is Outcome.DELIVERED:
        return Verdict(delivered=True)
    if answer.outcome is Outcome.GONE:
        return Verdict(delivered=False, disable=Reason.GONE)
    quiet = quiet_until(answer, now)
    due = next_attempt(attempts, now, chance=chance, quiet_until=quiet)
    failing_since = endpoint.failing_since or at
    disable = None
    if due is None and failing_since <= begun_at:
        disable = Reason.EXHAUSTED
    elif now - failing_since > patience:
        disable = Reason.FAILING
    return Verdict(delivered=False, due_at=due, quiet_until=quiet, disable=disable)
