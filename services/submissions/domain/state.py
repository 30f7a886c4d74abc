"""Where a contribution can stand, and the small records that tell how it got there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.submissions.domain.attachments import Attachment
from shared.errors import Conflict


class State(StrEnum):
    """Where the edition being worked on stands; an earlier edition may be public at the same time."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    PUBLISHED = "published"
    REJECTED = "rejected"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"
    TOMBSTONED = "tombstoned"
    DISCARDED = "discarded"


class WrongState(Conflict):
    """The step asked for does not follow from where the contribution stands."""

    code = "wrong-state"
    title = "This does not follow from where the contribution stands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the timeline. ``by`` is an author's person id, ``coordinator``, ``reviewers`` or ``system``."""

    at: datetime
    what: str
    by: str
    version: int
    round: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """What an edition is made of."""

    content: Mapping[str, Any]
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """The draft of a new edition that was discarded while an earlier one stays public; kept for a while."""

    version: int
    working: Working
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an imported draft came from. ``revision`` is the one the import left: another means it was touched."""

    source: str
    key: str
    row: str
    revision: int


REVIEWABLE = frozenset({State.SUBMITTED, State.APPEALED})
EDITABLE = frozenset({State.DRAFT, State.CHANGES_REQUESTED})
# Where a decision may find it: that its round began is an event of its own, and may be a dead letter.
DECIDABLE = REVIEWABLE | {State.IN_REVIEW}
UNDECIDED = frozenset({State.SUBMITTED, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPEALED})
REVISABLE = frozenset({State.PUBLISHED, State.WITHDRAWN})
