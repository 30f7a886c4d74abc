"""What callers may send. Unknown fields are refused; every text is checked to be safe to keep and to show."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt
from pydantic_core import PydanticCustomError

from services.review.domain.decision import Proposal
from services.review.domain.review import Outcome, Severity
from shared.contribution import Content
from shared.contribution.fields import Code
from shared.text import LanguageTag, Line, Prose

MAX_COMMENTS = 40
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")  # RFC 6901, section 3


def _anchor(pointer: str) -> str:
    """A JSON pointer into the content; the empty one means the whole of it."""
    if not _POINTER.fullmatch(pointer):
        raise PydanticCustomError("pointer", "Write a JSON pointer (RFC 6901), such as /results/en/text")
    field = pointer.split("/")[1] if pointer else ""
    if pointer and field not in Content.model_fields:
        raise PydanticCustomError(
            "unknown-field",
            "The first step of a pointer is a field of the contribution",
            {"allowed": sorted(Content.model_fields)},
        )
    return pointer


def _utc(moment: datetime) -> datetime:
    """In UTC and to the millisecond, as it is kept, so that what is answered is what is read later."""
    try:
        return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
    except OverflowError:
        raise PydanticCustomError("out-of-range", "Choose a moment between the years 1 and 9999") from None


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Anchor = Annotated[str, Line(200, blank=True), AfterValidator(_anchor)]
Words = Annotated[str, Prose(5000)]
Saved = Annotated[str, Prose(5000, blank=True)]
Sentence = Annotated[str, Line(300, blank=True)]
Sector = Annotated[str, Code("sectors")]
Theme = Annotated[str, Code("themes")]
Country = Annotated[str, Code("countries")]
Language = Annotated[str, LanguageTag()]
Identifier = Annotated[str, Line(200)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConflictBody(Body):
    reason: Annotated[str, Prose(2000)]


class AssignBody(Body):
    reviewer_id: Identifier


class Override(Body):
    reason: Annotated[str, Prose(2000)]


class DecisionBody(Body):
    """``based_on`` are review ids, none means all; ``override`` decides below quorum; ``publish_at`` schedules.

    With the ``sitting`` of the case that was looked at, nothing is decided that came after it.
    """

    outcome: Outcome
    reason_codes: list[Annotated[str, Line(60)]] = Field(default=[], max_length=10)
    text: Saved = ""
    based_on: list[Identifier] = Field(default=[], max_length=20)
    dissent: Words | None = None
    override: Override | None = None
    publish_at: Moment | None = None
    sitting: int | None = Field(default=None, ge=1, le=1_000)

    def proposal(self) -> Proposal:
        return Proposal(
            outcome=self.outcome,
            reason_codes=tuple(dict.fromkeys(self.reason_codes)),
            text=self.text,
            based_on=tuple(self.based_on),
            dissent=self.dissent,
            override=self.override.reason if self.override else None,
            publish_at=self.publish_at,
            sitting=self.sitting,
        )


class Patch(Body):
    """A merge patch (RFC 7396): what is absent stays, null empties."""

    def changes(self) -> dict[str, Any]:
        return self.model_dump(mode="python", exclude_unset=True)


class ScorePatch(Body):
    """``score`` from 0 to 4 and one sentence that says why."""

    score: Annotated[StrictInt, Field(ge=0, le=4)] | None = None
    reason: Sentence | None = None


class GatesPatch(Body):
    """Yes or no to each gate."""

    relevant: StrictBool | None = None
    complete: StrictBool | None = None
    ethical: StrictBool | None = None
    evidenced: StrictBool | None = None


class ScoresPatch(Body):
    """A score for each criterion."""

    effectiveness: ScorePatch | None = None
    equity_inclusion: ScorePatch | None = None
    transferability: ScorePatch | None = None
    sustainability: ScorePatch | None = None
    partnership: ScorePatch | None = None
    participation: ScorePatch | None = None
    policy_relevance: ScorePatch | None = None


class CommentBody(Body):
    """A comment on the field that ``pointer`` names. An ``id`` that is sent back is ignored: each saving gives new."""

    pointer: Anchor
    severity: Severity
    text: Annotated[str, Prose(1000)]
    id: Annotated[str, Line(60, blank=True)] = Field(default="", exclude=True)


class ReviewPatch(Patch):
    gates: GatesPatch | None = None
    scores: ScoresPatch | None = None
    comments: Annotated[list[CommentBody], Field(max_length=MAX_COMMENTS)] | None = None
    text_to_author: Saved | None = None
    confidential: Saved | None = None
    recommendation: Outcome | None = None

    def changes(self) -> dict[str, Any]:
        """The patch as plain JSON values; comments have no ids yet."""
        return self.model_dump(mode="json", exclude_unset=True)


class ProfilePatch(Patch):
    sectors: Annotated[list[Sector], Field(max_length=20)] | None = None
    themes: Annotated[list[Theme], Field(max_length=20)] | None = None
    languages: Annotated[list[Language], Field(max_length=30)] | None = None
    affiliations: Annotated[list[Annotated[str, Line(200)]], Field(max_length=20)] | None = None
    load_cap: Annotated[StrictInt, Field(ge=0, le=50)] | None = None
    paused_until: Moment | None = None

    def changes(self) -> dict[str, Any]:
        given = self.model_dump(mode="python", exclude_unset=True)
        return {
            name: tuple(dict.fromkeys(value)) if isinstance(value, list) else value for name, value in given.items()
        }
