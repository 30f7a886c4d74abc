"""What a decision tells the authors, and the answers it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.errors import FieldError, Invalid
from shared.wording import pointer

ANSWER_LENGTH = 4_000
NEED_ANSWERS = frozenset({"must", "should"})  # severities of comments


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
        return self.severity in NEED_ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the authors say to a comment."""

    comment_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """The decision on one round, as its authors read it; it names no reviewer and no coordinator.

    ``remarks`` are the reviewers' words on the whole, which ask for no answer. ``answers`` are the authors' own, kept
    as they are typed until they are handed in with the next round.
    """

    outcome: Outcome
    version: int
    round: int
    text: str
    reason_codes: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    remarks: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    decided_at: datetime

    @property
    def open_comments(self) -> tuple[Comment, ...]:
        """The comments that must be answered before the next round."""
        if self.outcome is not Outcome.CHANGES_REQUESTED:
            return ()
        return tuple(comment for comment in self.comments if comment.needs_answer)

    @property
    def given_answers(self) -> dict[str, str]:
        """The answers kept so far, comment id to text."""
        return {answer.comment_id: answer.text for answer in self.answers}

    @property
    def unanswered(self) -> tuple[Comment, ...]:
        """The open comments that no kept answer belongs to."""
        given = self.given_answers
        return tuple(comment for comment in self.open_comments if comment.id not in given)

    def with_answers(self, changes: Mapping[str, str]) -> Feedback:
        """Keep these answers (comment id to text) beside those kept before; an empty text takes one out.

        Raises Invalid for comments that are none of this round, with the pointers ``/answers/<comment id>``.
        """
        if errors := self._unknown(changes):
            raise Invalid("Some answers belong to no comment of this round.", errors=errors)
        told = {**self.given_answers, **changes}
        kept = (one.id for one in self.comments if told.get(one.id, "").strip())
        return replace(self, answers=tuple(Answer(comment_id=one, text=told[one]) for one in kept))

    def check_answers(self, answers: Mapping[str, str]) -> None:
        """Raise Invalid listing every open comment without an answer and every answer to no comment.

        ``answers`` maps comment id to text. The errors' pointers are ``/answers/<comment id>``.
        """
        errors = [
            FieldError(
                pointer=pointer("answers", comment.id),
                code="unanswered",
                message=f"Answer comment {comment.id}, on {comment.pointer or 'the whole'}: {comment.text[:120]}",
            )
            for comment in self.open_comments
            if not answers.get(comment.id, "").strip()
        ]
        errors += self._unknown(answers)
        if errors:
            raise Invalid("Every open comment needs an answer before the next round.", errors=tuple(errors))

    def _unknown(self, answers: Mapping[str, str]) -> tuple[FieldError, ...]:
        known = {comment.id for comment in self.comments}
        return tuple(
            FieldError(
                pointer=pointer("answers", comment_id[:64]),
                code="unknown_comment",
                message=f"There is no comment {comment_id[:64]!r} in this round.",
                allowed=tuple(sorted(known)),
            )
            for comment_id in answers
            if comment_id not in known
        )
