"""What reviewers said of a contribution, each comment with the field it is about and the answer being written.

``templates/share/comments.html`` shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.web.calls.vocabularies import Term
from services.web.share.fields import Json
from services.web.share.steps import Place, place_of

ASKS = ("must", "should")
CHANGES_REQUESTED = "changes_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """``place`` is None for a comment on the whole. ``answer`` is what is kept of the authors' answer so far.

    ``theirs`` is what somebody else saved meanwhile, where that is something else.
    """

    id: str
    severity: str
    label: str
    text: str
    answer: str
    place: Place | None
    theirs: str = ""

    @property
    def asks(self) -> bool:
        """Whether it waits for an answer; praise does not."""
        return self.severity in ASKS

    @property
    def is_open(self) -> bool:
        return self.asks and not self.answer

    @property
    def name(self) -> str:
        """The name of the control that takes the answer."""
        return f"answers.{self.id}"


def comments_of(view: Json, severities: Mapping[str, Term]) -> list[Comment]:
    """Return the comments that the authors of this contribution are to answer now, or are praised with."""
    feedback = view.get("feedback") or {}
    if view.get("state") != CHANGES_REQUESTED or feedback.get("outcome") != CHANGES_REQUESTED:
        return []
    given = {answer["comment_id"]: answer["text"] for answer in feedback.get("answers") or ()}
    return [
        Comment(
            id=one["id"],
            severity=one["severity"],
            label=severities[one["severity"]].label if one["severity"] in severities else one["severity"],
            text=one["text"],
            answer=given.get(one["id"], ""),
            place=place_of(one["pointer"]),
        )
        for one in feedback.get("comments") or ()
    ]


def by_field(comments: list[Comment]) -> dict[str, list[Comment]]:
    """Return the comments by the name of the field they are about; those on the whole are left out."""
    found: dict[str, list[Comment]] = {}
    for comment in comments:
        if comment.place:
            found.setdefault(comment.place.field.name, []).append(comment)
    return found
