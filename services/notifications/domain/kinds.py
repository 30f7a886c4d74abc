"""What a person can be told, by which way, and how often unless that person says otherwise."""

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """A way to reach a person."""

    MAIL = "mail"
    INBOX = "inbox"


class Frequency(StrEnum):
    """How often a channel carries a kind. The inbox knows no digest: it is read when its owner likes."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    OFF = "off"


class Audience(StrEnum):
    """In which part a person is told; preferences are shown grouped by it."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    COORDINATOR = "coordinator"
    READER = "reader"
    SUBSCRIBER = "subscriber"


class Kind(StrEnum):
    """Each thing that concerns a person. The values are part of the API and of stored preferences."""

    SUBMISSION_RECEIVED = "submission_received"
    DRAFT_REMINDER = "draft_reminder"
    UNDER_REVIEW = "under_review"
    CHANGES_REQUESTED = "changes_requested"
    CHANGES_REMINDER = "changes_reminder"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    TOMBSTONED = "tombstoned"
    WENT_STALE = "went_stale"
    AGREED = "agreed"
    AGREEMENT_RETRACTED = "agreement_retracted"
    REVIEW_ASSIGNED = "review_assigned"
    REVIEW_CLAIMED = "review_claimed"
    REVIEW_DUE_SOON = "review_due_soon"
    REVIEW_OVERDUE = "review_overdue"
    LEASE_EXPIRED = "lease_expired"
    CASE_CLOSED = "case_closed"
    DECISION_TAKEN = "decision_taken"
    READY_FOR_DECISION = "ready_for_decision"
    APPEALED = "appealed"
    SEARCH_MATCHED = "search_matched"
    WEBHOOK_DISABLED = "webhook_disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """``code`` stands for the kind in unsubscribe tokens: two letters, never reused for another kind."""

    code: str
    audience: Audience
    mail: Frequency = Frequency.AT_ONCE
    inbox: Frequency = Frequency.AT_ONCE

    def default(self, channel: Channel) -> Frequency:
        return self.mail if channel is Channel.MAIL else self.inbox


_AUTHOR, _REVIEWER, _COORDINATOR = Audience.AUTHOR, Audience.REVIEWER, Audience.COORDINATOR
_READER, _SUBSCRIBER = Audience.READER, Audience.SUBSCRIBER

# Not every kind mails at once: what asks nothing of its reader waits for the day's digest, and the confirmation
# of a reviewer's own click is no mail at all. Too many mails is what people complain of most.
RULES: dict[Kind, KindRule] = {
    Kind.SUBMISSION_RECEIVED: KindRule(code="sr", audience=_AUTHOR),
    Kind.DRAFT_REMINDER: KindRule(code="dr", audience=_AUTHOR, mail=Frequency.DAILY),
    Kind.UNDER_REVIEW: KindRule(code="ur", audience=_AUTHOR, mail=Frequency.DAILY),
    Kind.CHANGES_REQUESTED: KindRule(code="cr", audience=_AUTHOR),
    Kind.CHANGES_REMINDER: KindRule(code="cm", audience=_AUTHOR),
    Kind.SCHEDULED: KindRule(code="sc", audience=_AUTHOR),
    Kind.PUBLISHED: KindRule(code="pu", audience=_AUTHOR),
    Kind.REJECTED: KindRule(code="rj", audience=_AUTHOR),
    Kind.WITHDRAWN: KindRule(code="wd", audience=_AUTHOR),
    Kind.TOMBSTONED: KindRule(code="ts", audience=_AUTHOR),
    Kind.WENT_STALE: KindRule(code="st", audience=_AUTHOR),
    Kind.AGREED: KindRule(code="ag", audience=_AUTHOR),
    Kind.AGREEMENT_RETRACTED: KindRule(code="ar", audience=_AUTHOR),
    Kind.REVIEW_ASSIGNED: KindRule(code="ra", audience=_REVIEWER),
    Kind.REVIEW_CLAIMED: KindRule(code="rc", audience=_REVIEWER, mail=Frequency.OFF),
    Kind.REVIEW_DUE_SOON: KindRule(code="ds", audience=_REVIEWER),
    Kind.REVIEW_OVERDUE: KindRule(code="od", audience=_REVIEWER),
    Kind.LEASE_EXPIRED: KindRule(code="le", audience=_REVIEWER),
    Kind.CASE_CLOSED: KindRule(code="cc", audience=_REVIEWER),
    Kind.DECISION_TAKEN: KindRule(code="dt", audience=_REVIEWER, mail=Frequency.DAILY),
    Kind.READY_FOR_DECISION: KindRule(code="rd", audience=_COORDINATOR),
    Kind.APPEALED: KindRule(code="ap", audience=_COORDINATOR),
    # Each search says how often it tells; this is the most that it may.
    Kind.SEARCH_MATCHED: KindRule(code="sm", audience=_READER),
    Kind.WEBHOOK_DISABLED: KindRule(code="we", audience=_SUBSCRIBER),
}

ALLOWED: dict[Channel, tuple[Frequency, ...]] = {
    Channel.MAIL: (Frequency.AT_ONCE, Frequency.DAILY, Frequency.OFF),
    Channel.INBOX: (Frequency.AT_ONCE, Frequency.OFF),
}
