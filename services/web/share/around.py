"""The steps that tell where it belongs: themes, places and people."""

from __future__ import annotations

from typing import Final

from services.web.share.fields import KINDS, Field
from services.web.share.parts import ORGANISATION
from services.web.share.step import Step
from services.web.share.words import noted

_PROPOSAL: Final = frozenset({"joint_action"})

AROUND: Final = (
    Step(
        name="fits",
        title=noted("Where it fits"),
        fields=(
            Field(
                name="themes",
                shape="boxes",
                codes="themes",
                most=5,
                columns=True,
                label=noted("Themes"),
                hint=noted("One to five. People find it by these."),
            ),
            Field(name="sectors", shape="boxes", codes="sectors", columns=True, label=noted("Education sectors")),
            Field(
                name="target_groups", shape="boxes", codes="target-groups", columns=True, label=noted("Whom is it for?")
            ),
        ),
    ),
    Step(
        name="mobility",
        title=noted("The mobility"),
        lead=noted("You chose a theme about mobility, so a few more things help others to compare."),
        on_mobility=True,
        fields=(
            Field(
                name="mobility.directions",
                shape="boxes",
                codes="mobility-directions",
                label=noted("Abroad or at home?"),
            ),
            Field(
                name="mobility.participants",
                shape="boxes",
                codes="mobility-participants",
                label=noted("Who is mobile?"),
            ),
            Field(
                name="mobility.activity_type",
                shape="select",
                codes="mobility-activities",
                optional_for=_PROPOSAL,
                label=noted("Type of activity"),
            ),
            Field(
                name="mobility.duration_days",
                shape="whole",
                optional_for=_PROPOSAL,
                label=noted("How many days is one person away?"),
                hint=noted("About; a month is 30 days."),
            ),
            Field(
                name="mobility.recognition_instruments",
                shape="boxes",
                codes="recognition-instruments",
                columns=True,
                label=noted("How is what was learned recognised?"),
            ),
        ),
    ),
    Step(
        name="where",
        title=noted("Where"),
        fields=(
            Field(
                name="countries",
                shape="countries",
                codes="countries",
                most=250,
                label=noted("Countries where it takes place"),
            ),
            Field(
                name="partner_countries",
                shape="countries",
                codes="countries",
                most=250,
                optional_for=KINDS,
                label=noted("Countries of partners"),
            ),
            Field(name="reach", shape="radio", codes="reach", label=noted("How far does it reach?")),
        ),
    ),
    Step(
        name="who",
        title=noted("Who"),
        fields=(
            Field(name="lead_organisation.name", shape="line", most=300, label=noted("Organisation that leads it")),
            Field(
                name="lead_organisation.id",
                shape="own",
                optional_for=KINDS,
                label=noted("This is my own organisation"),
            ),
            Field(
                name="lead_organisation.country",
                shape="country",
                codes="countries",
                label=noted("Country of this organisation"),
            ),
            Field(
                name="lead_organisation.website",
                shape="line",
                type="url",
                most=2000,
                optional_for=KINDS,
                label=noted("Web address of this organisation"),
            ),
            Field(
                name="authors",
                shape="rows",
                most=50,
                label=noted("Authors"),
                hint=noted("As they want to be named in public."),
                parts=(
                    Field(name="name", shape="line", most=300, label=noted("Name of the author")),
                    Field(name="organisation", shape="line", most=300, optional_for=KINDS, label=noted("Organisation")),
                ),
                add=noted("Add another author"),
                one=noted("Author {n}"),
            ),
            Field(
                name="partner_organisations",
                shape="rows",
                most=100,
                optional_for=KINDS,
                label=noted("Partner organisations"),
                hint=noted("Their reviewers will not be asked to judge it."),
                parts=ORGANISATION,
                add=noted("Add another organisation"),
                one=noted("Organisation {n}"),
            ),
        ),
    ),
)
