"""The record: what a contribution says.

Everything is optional, so that a draft can be saved at any moment; what is given must be right. What a contribution
needs to be submitted is the business of ``completeness``. ``Content`` cannot be changed; ``merge`` makes another.
Written as JSON, absent fields are left out, and reading that JSON gives an equal ``Content``.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError, to_json

from shared.contribution.fields import (
    Abstract,
    Code,
    Many,
    Part,
    Passage,
    Set,
    Tag,
    Title,
    Worded,
    optional,
    several,
    worded,
)
from shared.contribution.parts import (
    Author,
    Contact,
    Country,
    Declarations,
    Indicator,
    JointAction,
    Link,
    Mobility,
    Organisation,
    Period,
    Programme,
)

Kind = Literal["practice", "lesson_learned", "joint_action"]

MAX_BYTES: Final = 600_000  # as JSON in UTF-8: an event carries a whole content, and NATS carries 1 MiB


class Content(Part):
    """What a contribution says, complete or not."""

    kind: Annotated[Kind, Code("kinds")] | None = optional("What this contribution is")
    source_language: Tag | None = optional("The language it was written in (BCP 47)")
    title: Worded[Title] = worded("The title")
    summary: Worded[Abstract] = worded("A summary for somebody in a hurry")
    context: Worded[Passage] = worded("The need, and the context it arose in")
    actions: Worded[Passage] = worded("What was done")
    results: Worded[Passage] = worded("What came of it")
    failure: Worded[Passage] = worded("What did not work")
    causes: Worded[Passage] = worded("Why it did not work")
    change: Worded[Passage] = worded("What the authors would change")
    transferability: Worded[Passage] = worded("Conditions for success, and what others need to take it up")
    resources: Worded[Passage] = worded("What it took: people, time, money")
    sustainability: Worded[Passage] = worded("How it goes on")
    inclusion: Worded[Passage] = worded("How it reaches people with fewer opportunities")
    green: Worded[Passage] = worded("Green aspects")
    indicators: Many[Indicator] = several("Figures that show the effect", 20)
    evidence_level: Annotated[str, Code("evidence-levels")] | None = optional("How well it is shown to work")
    sectors: Set[Annotated[str, Code("sectors")]] = several("Education sectors", 8)
    target_groups: Set[Annotated[str, Code("target-groups")]] = several("Whom it is for", 26)
    themes: Set[Annotated[str, Code("themes")]] = several("Themes, one to five", 5)
    mobility: Mobility | None = optional("The mobility, where it is about one")
    programme: Programme | None = optional("The programme and project behind it")
    links: Many[Link] = several("Where to read more", 50)
    policy_links: Set[Annotated[str, Code("policy-links")]] = several("Policies it speaks to", 25)
    fora: Set[Annotated[str, Code("fora")]] = several("Fora in which it is taken up", 20)
    countries: Set[Country] = several("Where it takes place (ISO 3166-1 alpha-2)", 250)
    partner_countries: Set[Country] = several("Where partners are (ISO 3166-1 alpha-2)", 250)
    reach: Annotated[str, Code("reach")] | None = optional("How far it reaches")
    lead_organisation: Organisation | None = optional("The organisation that leads it")
    authors: Many[Author] = several("Who wrote it", 50)
    partner_organisations: Many[Organisation] = several("Organisations that took part", 100)
    contact: Contact | None = optional("Whom to ask")
    period: Period | None = optional("When it took place")
    joint_action: JointAction | None = optional("The proposal, where it is one")
    licence: Annotated[str, Code("licences")] | None = Field(default="CC-BY-4.0", description="The licence (SPDX)")
    declarations: Declarations | None = optional("What the authors declare")

    @model_validator(mode="after")
    def _not_too_large(self) -> "Content":
        size = len(to_json(self))
        if size > MAX_BYTES:
            raise PydanticCustomError(
                "content-too-large",
                "All texts together may take {max} bytes; these take {size}. Move long material into an attachment",
                {"max": MAX_BYTES, "size": size},
            )
        return self

    def as_json(self) -> dict[str, Any]:
        """Return the canonical JSON form: only what is present, days as text, lists as lists."""
        return self.model_dump(mode="json")
