"""What a decision tells the authors, and the answers it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.errors import FieldError, Invalid

ANSWER_LENGTH = 4_000


class Outcome(StrEnum):
    """How a round of review ended."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A reviewer's comment, without the reviewer. ``pointer`` is an RFC 6901 pointer into the content."""

    id: str
    pointer: str
    severity: str
    text: str

    @property
    def needs_answer(self) -> bool:
        """Praise asks for nothing; ``must`` and ``should`` do."""
        return self.severity in ("must", "should")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """The decision on one round, as its authors read it; it names no reviewer and no coordinator.

    ``remarks`` are the reviewers' words on the whole, which ask for no answer.
    """

    outcome: Outcome
    version: int
    round: int
    text: str
    reason_codes: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    remarks: tuple[str, ...] = ()
    decided_at: datetime

    @property
    def open_comments(self) -> tuple[Comment, ...]:
        """The comments that must be answered before the next round."""
        if self.outcome is not Outcome.CHANGES_REQUESTED:
            return ()
        return tuple(comment for comment in self.comments if comment.needs_answer)

    def check_answers(self, answers: Mapping[str, str]) -> None:
        """Raise Invalid listing every open comment without an answer and every answer to no comment.

        ``answers`` maps comment id to text. Pointers in the errors point at ``/answers``.
        """
        known = {comment.id for comment in self.comments}
        errors = [
            FieldError(
                pointer="/answers",
                code="unanswered",
                message=f"Answer comment {comment.id}, on {comment.pointer or 'the whole'}: {comment.text[:120]}",
            )
            for comment in self.open_comments
            if not answers.get(comment.id, "").strip()
        ]
        errors += [
            FieldError(
                pointer="/answers",
                code="unknown_comment",
                message=f"There is no comment {comment_id[:64]!r} in this round.",
                allowed=tuple(sorted(known)),
            )
            for comment_id in answers
            if comment_id not in known
        ]
        if errors:
            raise Invalid("Every open comment needs an answer before the next round.", errors=tuple(errors))
