"""The steps that tell what was done, and what is asked for."""

from __future__ import annotations

from typing import Final

from services.web.share.fields import KINDS, Field
from services.web.share.parts import ORGANISATION
from services.web.share.step import Step
from services.web.share.words import noted

_PASSAGE: Final = 20_000
_PRACTICE: Final = frozenset({"practice"})
_LESSON: Final = frozenset({"lesson_learned"})
_PROPOSAL: Final = frozenset({"joint_action"})

WHAT: Final = (
    Step(
        name="kind",
        title=noted("Kind and language"),
        fields=(
            Field(name="kind", shape="radio", codes="kinds", label=noted("What do you want to share?")),
            Field(
                name="source_language",
                shape="language",
                codes="languages",
                label=noted("Which language do you write in?"),
                hint=noted("The one you write best in. Other languages can be added afterwards."),
            ),
        ),
    ),
    Step(
        name="title",
        title=noted("Title and summary"),
        fields=(
            Field(
                name="title",
                shape="words",
                rows=1,
                most=120,
                label=noted("Title"),
                hint=noted("Say what it is about so that somebody from another country understands it."),
            ),
            Field(
                name="summary",
                shape="words",
                rows=6,
                most=600,
                label=noted("Summary"),
                hint=noted("Two or three sentences for somebody in a hurry: what, for whom, with what effect."),
            ),
        ),
    ),
    Step(
        name="context",
        title=noted("Need and context"),
        fields=(
            Field(
                name="context",
                shape="words",
                rows=12,
                most=_PASSAGE,
                label=noted("What was the need, and where did it arise?"),
                hint=noted("The people, the place, what was missing or went wrong before."),
            ),
        ),
    ),
    Step(
        name="actions",
        title=noted("What was done"),
        fields=(
            Field(
                name="actions",
                shape="words",
                rows=12,
                most=_PASSAGE,
                label=noted("What did you do?"),
                hint=noted("Step by step, so that others could do it too. Lines that begin with a dash become a list."),
                joint=(
                    noted("What has been done so far?"),
                    noted("First steps, talks, trials. Say so if there were none."),
                ),
            ),
            Field(
                name="resources",
                shape="words",
                rows=5,
                most=_PASSAGE,
                optional_for=KINDS,
                label=noted("What did it take?"),
                hint=noted("People, time, money."),
                joint=(noted("What would it take?"), noted("People, time, money.")),
            ),
        ),
    ),
    Step(
        name="proposal",
        title=noted("The proposal"),
        kinds=_PROPOSAL,
        fields=(
            Field(
                name="joint_action.ask",
                shape="words",
                rows=8,
                most=_PASSAGE,
                kinds=_PROPOSAL,
                label=noted("What do you ask for?"),
                hint=noted("One clear request, and why it needs several to act."),
            ),
            Field(
                name="joint_action.addressee",
                shape="words",
                rows=1,
                most=300,
                kinds=_PROPOSAL,
                label=noted("Whom do you ask?"),
                hint=noted("An institution, a group of members, everybody in the network."),
            ),
            Field(name="joint_action.by_when", shape="day", kinds=_PROPOSAL, label=noted("By when should it be done?")),
            Field(
                name="joint_action.supporting_organisations",
                shape="rows",
                most=100,
                kinds=_PROPOSAL,
                optional_for=KINDS,
                label=noted("Who supports it?"),
                parts=ORGANISATION,
                add=noted("Add another organisation"),
                one=noted("Organisation {n}"),
            ),
            Field(
                name="joint_action.outcome",
                shape="words",
                rows=4,
                most=_PASSAGE,
                kinds=_PROPOSAL,
                optional_for=KINDS,
                label=noted("What came of it?"),
                hint=noted("Leave this empty until there is something to tell."),
            ),
        ),
    ),
    Step(
        name="results",
        title=noted("Results"),
        kinds=_PRACTICE,
        fields=(
            Field(
                name="results",
                shape="words",
                rows=12,
                most=_PASSAGE,
                kinds=_PRACTICE,
                label=noted("What came of it?"),
                hint=noted("For learners, for staff, for organisations. Say what did not come about, too."),
            ),
        ),
    ),
    Step(
        name="lesson",
        title=noted("What did not work"),
        kinds=_LESSON,
        fields=(
            Field(
                name="failure",
                shape="words",
                rows=7,
                most=_PASSAGE,
                kinds=_LESSON,
                label=noted("What did not work?"),
                hint=noted("Plainly. Nobody is graded here; others want to avoid the same mistake."),
            ),
            Field(
                name="causes", shape="words", rows=7, most=_PASSAGE, kinds=_LESSON, label=noted("Why did it not work?")
            ),
            Field(
                name="change",
                shape="words",
                rows=7,
                most=_PASSAGE,
                kinds=_LESSON,
                label=noted("What would you change?"),
            ),
        ),
    ),
    Step(
        name="transfer",
        title=noted("Taking it up elsewhere"),
        fields=(
            Field(
                name="transferability",
                shape="words",
                rows=8,
                most=_PASSAGE,
                optional_for=KINDS - _PRACTICE,
                label=noted("What do others need to take it up?"),
                hint=noted("Conditions for success, what can be changed, what must not."),
            ),
            Field(
                name="sustainability",
                shape="words",
                rows=4,
                most=_PASSAGE,
                optional_for=KINDS,
                label=noted("How does it go on?"),
                hint=noted("Once the money or the project ends."),
            ),
            Field(
                name="inclusion",
                shape="words",
                rows=4,
                most=_PASSAGE,
                optional_for=KINDS,
                label=noted("How does it reach people with fewer opportunities?"),
            ),
            Field(
                name="green",
                shape="words",
                rows=4,
                most=_PASSAGE,
                optional_for=KINDS,
                label=noted("What about the climate and the environment?"),
                hint=noted("Ways of travelling, what was saved, what was learned about it."),
            ),
        ),
    ),
    Step(
        name="evidence",
        title=noted("How well it is shown to work"),
        fields=(
            Field(
                name="evidence_level",
                shape="radio",
                codes="evidence-levels",
                label=noted("What do you know it from?"),
                hint=noted("Choose the strongest that is true. A modest answer is a good answer."),
            ),
            Field(
                name="indicators",
                shape="rows",
                most=20,
                optional_for=KINDS,
                label=noted("Figures that show the effect"),
                hint=noted("Such as “Placements recognised: 42 of 45, before: 10”."),
                parts=(
                    Field(name="name", shape="words", rows=1, most=300, label=noted("What was measured")),
                    Field(name="value", shape="measure", most=200, label=noted("Figure")),
                    Field(
                        name="unit",
                        shape="line",
                        most=300,
                        optional_for=KINDS,
                        label=noted("Unit, such as % or people"),
                    ),
                    Field(name="baseline", shape="measure", most=200, optional_for=KINDS, label=noted("Before")),
                    Field(
                        name="source",
                        shape="line",
                        most=500,
                        optional_for=KINDS,
                        label=noted("Where the figure comes from"),
                    ),
                ),
                add=noted("Add another figure"),
                one=noted("Figure {n}"),
            ),
        ),
    ),
)
