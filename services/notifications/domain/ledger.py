"""The life of one mail in the sent-once ledger.

queued → sending → sent | bounced | failed, and beside it: ``held`` (nobody with an address is known yet),
``unknown`` (a sender died or the relay fell silent after the mail was handed over: it may or may not have gone)
and ``cancelled`` (its reason went away, or its reader no longer wants it).

A mail in doubt is sent once more with the same Message-ID, so that mail programs fold the two into one; its doubt
stays on record. In doubt a second time, it is left for a person to judge. Nothing is ever sent twice silently.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.notifications.domain.kinds import Channel

HELD_AT_MOST = timedelta(days=30)
# RFC 5321, section 4.5.4.1: retry at growing intervals, give up after at least 4 to 5 days.
GIVE_UP_AFTER = timedelta(days=5)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=4)
LONGEST_RELAY_RETRY = timedelta(minutes=5)
RESENT_AT_MOST = 1
BOUNCES_THAT_MARK = 3


class State(StrEnum):
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What an attempt came to."""

    ACCEPTED = "accepted"
    NOT_NOW = "not_now"  # 4xx, or the relay could not be reached: certainly not sent
    REFUSED = "refused"  # 5xx for this mail or address: certainly not sent, never will be
    UNCLEAR = "unclear"  # the text was handed over and no answer came


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``address`` says that a refusal speaks of the address (RCPT TO) rather than of the text; ``relay`` that the relay
    itself was not to be had, which is nobody's fault and soon over.
    """

    verdict: Verdict
    reason: str = ""
    address: bool = False
    relay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the ledger's rules need to know of a mail; times are aware UTC.

    ``not_before`` is None when it is not to be sent, or never again. ``doubts`` counts how often it was in doubt;
    above zero it may have arrived more than once.
    """

    state: State
    queued_at: datetime
    not_before: datetime | None
    attempts: int = 0
    doubts: int = 0
    reason: str = ""

    def is_due(self, now: datetime) -> bool:
        """Say whether a sender may take it."""
        waiting = self.state in (State.QUEUED, State.UNKNOWN)
        return waiting and self.not_before is not None and self.not_before <= now


def delivery_key(event_id: str, person_id: str, channel: Channel, kind: str) -> str:
    """Return the key under which one thing is told to one person by one channel, once."""
    return f"{event_id}:{person_id}:{channel}:{kind}"


def message_id(key: str, domain: str) -> str:
    """Return the Message-ID (RFC 5322, section 3.6.4) of a mail: the same for the same key, and telling nothing."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def settle(entry: Entry, outcome: Outcome, now: datetime) -> Entry:
    """Return the entry after an attempt that ended in ``outcome``."""
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return replace(entry, state=State.SENT, not_before=None, reason="")
        case Verdict.REFUSED:
            return replace(entry, state=State.BOUNCED, not_before=None, reason=outcome.reason)
        case Verdict.UNCLEAR:
            return doubt(entry, outcome.reason, now)
        case Verdict.NOT_NOW:
            return _later(entry, outcome, now)


def doubt(entry: Entry, reason: str, now: datetime) -> Entry:
    """Return the entry of a mail that may or may not have gone: resent once, then left for a person to judge."""
    again = now + FIRST_RETRY if entry.doubts < RESENT_AT_MOST else None
    return replace(entry, state=State.UNKNOWN, doubts=entry.doubts + 1, reason=reason, not_before=again)


def pause(attempts: int) -> timedelta:
    """Return how long to wait after the n-th attempt failed: doubling from half a minute to four hours."""
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


def _later(entry: Entry, outcome: Outcome, now: datetime) -> Entry:
    # A mail that was in doubt stays so: whatever happens now, it may have arrived before.
    if now - entry.queued_at < GIVE_UP_AFTER:
        wait = min(pause(entry.attempts), LONGEST_RELAY_RETRY) if outcome.relay else pause(entry.attempts)
        waiting = State.UNKNOWN if entry.doubts else State.QUEUED
        return replace(entry, state=waiting, reason=outcome.reason, not_before=now + wait)
    ended = State.UNKNOWN if entry.doubts else State.FAILED
    return replace(entry, state=ended, reason=outcome.reason, not_before=None)
