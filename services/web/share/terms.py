"""The steps that tell what is behind it, and under which terms it is shared."""

from __future__ import annotations

from typing import Final

from services.web.share.fields import KINDS, Field
from services.web.share.step import Step
from services.web.share.words import noted

_PROGRAMME: Final = noted("It came out of a programme or project")
_POLICY: Final = noted("It speaks to a policy, or is taken up somewhere")

TERMS: Final = (
    Step(
        name="background",
        title=noted("When, and what is behind it"),
        fields=(
            Field(name="period.start", shape="day", label=noted("It began on")),
            Field(
                name="period.end",
                shape="day",
                optional_for=KINDS,
                label=noted("It ended on"),
                hint=noted("Leave this empty while it goes on."),
            ),
            Field(
                name="links",
                shape="rows",
                most=50,
                optional_for=KINDS,
                label=noted("Where can one read more?"),
                parts=(
                    Field(
                        name="url",
                        shape="line",
                        type="url",
                        most=2000,
                        label=noted("Web address"),
                    ),
                    Field(name="label", shape="line", most=500, optional_for=KINDS, label=noted("What is found there")),
                ),
                add=noted("Add another link"),
                one=noted("Link {n}"),
            ),
            Field(
                name="programme.programme",
                shape="line",
                most=300,
                optional_for=KINDS,
                fold=_PROGRAMME,
                label=noted("Programme, such as Erasmus+"),
            ),
            Field(
                name="programme.key_action",
                shape="select",
                codes="erasmus-key-actions",
                optional_for=KINDS,
                fold=_PROGRAMME,
                label=noted("Key action"),
            ),
            Field(
                name="programme.action_type",
                shape="select",
                codes="erasmus-action-types",
                optional_for=KINDS,
                fold=_PROGRAMME,
                label=noted("Action type"),
            ),
            Field(
                name="programme.call_year",
                shape="whole",
                optional_for=KINDS,
                fold=_PROGRAMME,
                label=noted("Year of the call"),
            ),
            Field(
                name="programme.project_id",
                shape="line",
                most=200,
                optional_for=KINDS,
                fold=_PROGRAMME,
                label=noted("Project identifier"),
                hint=noted("Such as 2019-1-FR01-KA203-061970."),
            ),
            Field(
                name="programme.project_card",
                shape="line",
                type="url",
                most=2000,
                optional_for=KINDS,
                fold=_PROGRAMME,
                label=noted("Address of the project’s card on the results platform"),
            ),
            Field(
                name="programme.website",
                shape="line",
                type="url",
                most=2000,
                optional_for=KINDS,
                fold=_PROGRAMME,
                label=noted("Address of the project’s website"),
            ),
            Field(
                name="policy_links",
                shape="boxes",
                codes="policy-links",
                optional_for=KINDS,
                fold=_POLICY,
                label=noted("Policies it speaks to"),
            ),
            Field(
                name="fora",
                shape="boxes",
                codes="fora",
                optional_for=KINDS,
                fold=_POLICY,
                columns=True,
                label=noted("Where it is taken up"),
            ),
        ),
    ),
    Step(name="files", title=noted("Files"), fields=()),
    Step(
        name="terms",
        title=noted("Licence, declarations, contact"),
        fields=(
            Field(
                name="licence",
                shape="select",
                codes="licences",
                label=noted("Under which licence may others use it?"),
                hint=noted("With CC BY 4.0, everybody may use and change it if they name you. It suits most."),
            ),
            Field(
                name="declarations.rights",
                shape="tick",
                label=noted("We hold the rights to everything here, or may share it"),
            ),
            Field(
                name="declarations.consent",
                shape="tick",
                label=noted("Everybody who is named or shown has agreed"),
            ),
            Field(
                name="declarations.funding",
                shape="prose",
                most=2000,
                rows=3,
                optional_for=KINDS,
                label=noted("Who paid for it?"),
            ),
            Field(
                name="declarations.interests",
                shape="prose",
                most=2000,
                rows=3,
                optional_for=KINDS,
                label=noted("Are there interests that reviewers should know of?"),
                hint=noted("Not shown in public."),
            ),
            Field(
                name="contact.name",
                shape="line",
                most=300,
                autocomplete="name",
                optional_for=KINDS,
                label=noted("Whom can one ask?"),
            ),
            Field(
                name="contact.email",
                shape="line",
                type="email",
                most=254,
                autocomplete="email",
                optional_for=KINDS,
                label=noted("E-mail address"),
            ),
            Field(
                name="contact.visibility", shape="radio", codes="audiences", label=noted("Who may see this contact?")
            ),
        ),
    ),
)
