"""The parts of a contribution that have fields of their own.

Nothing in them is required: a draft can be saved half written. ``completeness`` says what is missing.
"""

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.contribution.fields import (
    Address,
    Code,
    Day,
    EmailAddress,
    Identifier,
    Many,
    Measure,
    Name,
    Note,
    Part,
    Passage,
    Phrase,
    Remark,
    Set,
    Worded,
    optional,
    several,
    worded,
)

Country = Annotated[str, Code("countries")]
Count = Annotated[int, Field(strict=True, ge=1, le=3660)]
Year = Annotated[int, Field(strict=True, ge=1987, le=2100)]


class Organisation(Part):
    """An organisation, known to the sign-in by ``id`` or only named."""

    id: Identifier | None = optional("Its identifier in the sign-in, where it is a member")
    name: Name | None = optional("Its name")
    country: Country | None = optional("Where it is (ISO 3166-1 alpha-2)")
    type: Name | None = optional("What it is, such as a school or an association")
    website: Address | None = optional("Its web address")


class Author(Part):
    """A person who wrote it. ``person_id`` is a pseudonym and never leaves the house."""

    name: Name | None = optional("The name to be shown")
    person_id: Identifier | None = optional("The pseudonymous id of the account")
    organisation: Name | None = optional("The organisation this person writes for")


class Contact(Part):
    """Whom to ask, and who may see that."""

    name: Name | None = optional("Whom to ask")
    email: EmailAddress | None = optional("Where to write to")
    visibility: Annotated[str, Code("audiences")] | None = optional("Who may see the contact")


class Mobility(Part):
    """What kind of mobility it is about."""

    directions: Set[Annotated[str, Code("mobility-directions")]] = several("Abroad, at home, blended", 3)
    participants: Set[Annotated[str, Code("mobility-participants")]] = several("Learners, staff", 2)
    activity_type: Annotated[str, Code("mobility-activities")] | None = optional("The type of activity")
    duration_days: Count | None = optional("How long one person is mobile, in days")
    recognition_instruments: Set[Annotated[str, Code("recognition-instruments")]] = several(
        "How what was learned is recognised", 20
    )


class Programme(Part):
    """The programme and project it came out of."""

    programme: Name | None = optional("The programme, such as Erasmus+")
    key_action: Annotated[str, Code("erasmus-key-actions")] | None = optional("The Erasmus+ key action")
    action_type: Annotated[str, Code("erasmus-action-types")] | None = optional("The Erasmus+ action type")
    call_year: Year | None = optional("The year of the call")
    project_id: Identifier | None = optional("The project's identifier, such as 2019-1-FR01-KA203-061970")
    project_card: Address | None = optional("The project's card on the results platform")
    website: Address | None = optional("The project's web address")


class Link(Part):
    """Something to read on the web."""

    url: Address | None = optional("The address")
    label: Remark | None = optional("What is found there")


class Indicator(Part):
    """One figure or observation that shows the effect."""

    name: Worded[Phrase] = worded("What was measured")
    value: Measure | None = optional("The figure, or words where it is none")
    unit: Name | None = optional("The unit, such as % or people")
    baseline: Measure | None = optional("What it was before")
    source: Remark | None = optional("Where the figure comes from")


class Period(Part):
    """When it took place; without an end it is still going on."""

    start: Day | None = optional("The first day")
    end: Day | None = optional("The last day; absent while it goes on")

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.start and self.end and self.end < self.start:
            raise PydanticCustomError("period-order", "The end comes before the start; put a later day as the end")
        return self


class JointAction(Part):
    """What is asked of whom in a proposal for a joint action."""

    ask: Worded[Passage] = worded("What is asked for")
    addressee: Worded[Phrase] = worded("Who is asked")
    by_when: Day | None = optional("By when it is wanted")
    supporting_organisations: Many[Organisation] = several("Who supports it", 100)
    outcome: Worded[Passage] = worded("What came of it")


class Declarations(Part):
    """What the authors declare when they submit."""

    rights: bool | None = optional("We hold the rights to everything here or may share it", strict=True)
    consent: bool | None = optional("Everybody named or shown has agreed", strict=True)
    funding: Note | None = optional("Who paid for it")
    interests: Note | None = optional("Interests a reader should know of; not shown publicly")
