"""The shapes of requests and answers."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.notifications.domain.kinds import Audience, Channel, Frequency, Kind
from services.notifications.domain.ledger import State
from shared.text import Line


class Form(BaseModel):
    """A body that is sent to us: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid")


class MeIn(Form):
    """A person's own settings, whole: what is left out goes back to its default.

    ``retry_address`` asks to write again to an address that was given up because mails to it bounced.
    """

    language: Annotated[str, Line(35)] | None = Field(default=None, description="en, fr or de; else as signed in")
    time_zone: Annotated[str, Line(80)] | None = Field(default=None, description="IANA name; else UTC")
    retry_address: bool = False


class MeOut(BaseModel):
    """``mail`` is ``ok``, or why no mail is sent: ``no-address``, ``address-refused``, ``address-bounces``."""

    person_id: str
    name: str
    email: str | None
    mail: str
    language: str
    chosen_language: str | None
    languages: tuple[str, ...]
    time_zone: str | None
    unread: int


class NoticeOut(BaseModel):
    """One entry of the inbox, in its reader's language; ``title_language`` is that of the title alone."""

    id: str
    kind: Kind
    label: str
    text: str
    title: str | None
    title_language: str | None
    link: str
    contribution_id: str
    case_id: str | None
    at: datetime
    read_at: datetime | None


class InboxOut(BaseModel):
    items: list[NoticeOut]
    unread: int
    next: str | None


class ReadOut(BaseModel):
    """How many entries were not read before."""

    read: int


class ChannelsIn(Form):
    mail: Frequency | None = None
    inbox: Frequency | None = None


class PreferencesIn(Form):
    """All choices: a kind or channel that is left out goes back to its default."""

    kinds: dict[Kind, ChannelsIn] = Field(default_factory=dict)


class KindOut(BaseModel):
    """One kind with its choices; ``default`` says what it is for somebody who chose nothing."""

    label: str
    audience: Audience
    mail: Frequency
    inbox: Frequency
    default: dict[Channel, Frequency]


class PreferencesOut(BaseModel):
    """``allowed`` says what each channel takes. The digest comes at ``digest_at`` in ``time_zone``."""

    kinds: dict[Kind, KindOut]
    allowed: dict[Channel, tuple[Frequency, ...]]
    digest_at: str
    time_zone: str


class SubscriptionOut(BaseModel):
    """What an unsubscribe link speaks of: a kind, or None for the digest and for all mails."""

    kind: Kind | None
    scope: str
    stopped: bool
    all_stopped: bool
    said: str


class DeliveryOut(BaseModel):
    """One mail of the ledger. ``doubts`` above zero: it may have arrived more than once, or not at all."""

    key: str
    message_id: str
    kind: str
    person_id: str
    address: str | None = Field(description="Masked: the first letter and the domain")
    state: State
    attempts: int
    doubts: int
    reason: str
    queued_at: datetime
    next_attempt_at: datetime | None
    ended_at: datetime | None


class DeliveriesOut(BaseModel):
    """``counts`` are of all mails by state, ``doubtful`` of those that were ever in doubt."""

    items: list[DeliveryOut]
    counts: dict[str, int]
    doubtful: int
    next: str | None
