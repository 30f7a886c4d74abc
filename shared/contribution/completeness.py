"""What a contribution still needs before it can be submitted: pure rules, every finding at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from shared.contribution.content import Content
from shared.contribution.errors import pointer
from shared.contribution.fields import Text
from shared.errors import FieldError
from shared.vocabulary import vocabulary

MOBILITY_THEMES: Final = {"learner-mobility": "learners", "staff-mobility": "staff"}

_CODED: Final = {
    "kind": "kinds",
    "evidence_level": "evidence-levels",
    "sectors": "sectors",
    "target_groups": "target-groups",
    "themes": "themes",
    "countries": "countries",
    "reach": "reach",
    "licence": "licences",
}
_TEXTS: Final = ("title", "summary", "context", "actions")
_TEXTS_OF_KIND: Final = {
    "practice": ("results", "transferability"),
    "lesson_learned": ("failure", "causes", "change"),
}
_OF_MOBILITY: Final = {
    "directions": "mobility-directions",
    "participants": "mobility-participants",
    "activity_type": "mobility-activities",
    "duration_days": None,
    "recognition_instruments": "recognition-instruments",
}
_NOT_YET_KNOWN: Final = frozenset({"activity_type", "duration_days"})  # while an action is only proposed
_NO_RECOGNITION: Final = "none"


def completeness(content: Content) -> list[FieldError]:
    """Return everything that is missing or contradictory; nothing where the contribution can be submitted.

    Each finding has the JSON pointer of the field into the content, one of the codes ``required``,
    ``required-in-source-language``, ``must-be-true``, ``contradiction``, ``participants``, and what would do.
    """
    rules: tuple[Callable[[Content], Iterator[FieldError]], ...] = (
        _coded,
        _source_language,
        _texts,
        _mobility,
        _joint_action,
        _people,
        _items,
        _period,
        _declarations,
    )
    return [finding for rule in rules for finding in rule(content)]


def _required(*steps: str | int, codes: str | None = None) -> FieldError:
    allowed = vocabulary(codes).usable if codes else ()
    message = "Choose at least one" if codes and steps[-1] in _PLURAL else "Choose one" if codes else "Fill this in"
    return FieldError(pointer=pointer(*steps), code="required", message=message, allowed=allowed)


_PLURAL: Final = frozenset(
    {"sectors", "target_groups", "themes", "countries", "directions", "participants", "recognition_instruments"}
)


def _coded(content: Content) -> Iterator[FieldError]:
    return (_required(name, codes=codes) for name, codes in _CODED.items() if not getattr(content, name))


def _source_language(content: Content) -> Iterator[FieldError]:
    if not content.source_language:
        yield _required("source_language")


def _texts(content: Content) -> Iterator[FieldError]:
    for name in (*_TEXTS, *_TEXTS_OF_KIND.get(content.kind or "", ())):
        yield from _text(getattr(content, name), content.source_language, name)


def _text(texts: Mapping[str, Text], source: str | None, *steps: str) -> Iterator[FieldError]:
    if not texts:
        yield _required(*steps)
    elif source and source not in texts:
        yield FieldError(
            pointer=pointer(*steps, source, "text"),
            code="required-in-source-language",
            message=f"Write this in the source language ({source}) too",
        )


def _mobility(content: Content) -> Iterator[FieldError]:
    chosen = [theme for theme in MOBILITY_THEMES if theme in content.themes]
    block = content.mobility
    for name, codes in _OF_MOBILITY.items() if chosen else ():
        proposed = content.kind == "joint_action" and name in _NOT_YET_KNOWN
        if not proposed and not (block and getattr(block, name)):
            yield _required("mobility", name, codes=codes)
    if block is None:
        return
    for theme in chosen:
        if block.participants and MOBILITY_THEMES[theme] not in block.participants:
            yield FieldError(
                pointer="/mobility/participants",
                code="participants",
                message=f"The theme {theme} is about {MOBILITY_THEMES[theme]}; add them here or take out the theme",
                allowed=vocabulary("mobility-participants").codes,
            )
    if _NO_RECOGNITION in block.recognition_instruments and len(block.recognition_instruments) > 1:
        yield FieldError(
            pointer="/mobility/recognition_instruments",
            code="contradiction",
            message="Take out «none» or the instruments beside it",
        )


def _joint_action(content: Content) -> Iterator[FieldError]:
    if content.kind != "joint_action":
        return
    proposal = content.joint_action
    for name in ("ask", "addressee"):
        yield from _text(getattr(proposal, name, {}), content.source_language, "joint_action", name)
    if not (proposal and proposal.by_when):
        yield _required("joint_action", "by_when")


def _people(content: Content) -> Iterator[FieldError]:
    lead = content.lead_organisation
    if not (lead and lead.name):
        yield _required("lead_organisation", "name")
    if not (lead and lead.country):
        yield _required("lead_organisation", "country", codes="countries")
    if not content.authors:
        yield _required("authors")
    if not (content.contact and content.contact.visibility):
        yield _required("contact", "visibility", codes="audiences")


def _items(content: Content) -> Iterator[FieldError]:
    """Whatever stands in a list must be whole."""
    yield from _each(content.authors, ("authors",), "name")
    yield from _each(content.partner_organisations, ("partner_organisations",), "name")
    yield from _each(content.links, ("links",), "url")
    yield from _each(content.indicators, ("indicators",), "name", "value")
    if content.joint_action:
        supporters = content.joint_action.supporting_organisations
        yield from _each(supporters, ("joint_action", "supporting_organisations"), "name")


def _each(items: tuple[Any, ...], steps: tuple[str, ...], *names: str) -> Iterator[FieldError]:
    for place, item in enumerate(items):
        for name in names:
            if getattr(item, name) in (None, {}):
                yield _required(*steps, place, name)


def _period(content: Content) -> Iterator[FieldError]:
    if not (content.period and content.period.start):
        yield _required("period", "start")


def _declarations(content: Content) -> Iterator[FieldError]:
    for name, sentence in (
        ("rights", "Declare that you hold the rights or may share everything here"),
        ("consent", "Declare that everybody named or shown has agreed"),
    ):
        given = getattr(content.declarations, name, None)
        if given is not True:
            code = "required" if given is None else "must-be-true"
            yield FieldError(pointer=pointer("declarations", name), code=code, message=sentence)
