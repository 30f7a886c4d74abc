"""What is kept of an event so that it can be told later, in the language its reader has by then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment on a contribution, as its authors get it."""

    severity: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts a sentence may need. Whoever tells an author something fills in nothing that names a reviewer.

    ``titles`` maps a language to the title in it; ``what`` is the kind of the contribution,
    ``version`` the one that became public. ``review_by`` and
    ``agreed_on`` are dates: midnight UTC of that day. ``quote`` is text somebody wrote, ``quote_is`` what it is: quote,
    reason, appeal, or the parties that agreed.
    ``remarks`` are what reviewers wrote to the authors on the whole. ``search`` is what its owner calls a saved search
    and ``search_stop`` the end of the address that stops it. ``endpoint`` is what its people call an endpoint of
    webhooks, whose id then stands for that of a contribution, and ``ended`` why it was disabled.
    """

    contribution_id: str
    version: int | None = None
    case_id: str | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    source_language: str | None = None
    what: str | None = None
    begun_at: datetime | None = None
    asked_at: datetime | None = None
    due_at: datetime | None = None
    lease_until: datetime | None = None
    publish_at: datetime | None = None
    appeal_until: datetime | None = None
    review_by: datetime | None = None
    agreed_on: datetime | None = None
    outcome: str | None = None
    completed: int | None = None
    required: int | None = None
    quote: str | None = None
    quote_is: str = "quote"
    comments: tuple[Comment, ...] = ()
    remarks: tuple[str, ...] = ()
    search: str | None = None
    search_stop: str | None = None
    endpoint: str | None = None
    ended: str | None = None
