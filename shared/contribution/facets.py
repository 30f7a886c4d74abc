"""The facts by which a contribution is routed, found and told about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.contribution.content import Content
from shared.contribution.fields import Text
from shared.contribution.parts import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What events about a contribution carry beside its content.

    ``languages`` are those it has any text in, the source language first; organisations are the leading one, the
    partners and the supporters, then for names also those of the authors.
    """

    title: dict[str, str]
    languages: tuple[str, ...]
    countries: tuple[str, ...]
    lead_organisation_id: str | None
    organisation_ids: tuple[str, ...]
    organisation_names: tuple[str, ...]
    author_ids: tuple[str, ...]


def facets(content: Content) -> Facets:
    """Return the routing facts of ``content``; each list holds nothing twice."""
    organisations = tuple(_organisations(content))
    lead = content.lead_organisation
    return Facets(
        title=titles(content),
        languages=languages(content),
        countries=content.countries,
        lead_organisation_id=lead.id if lead else None,
        organisation_ids=_distinct(organisation.id for organisation in organisations),
        organisation_names=_distinct(
            (
                *(organisation.name for organisation in organisations),
                *(author.organisation for author in content.authors),
            )
        ),
        author_ids=_distinct(author.person_id for author in content.authors),
    )


def titles(content: Content) -> dict[str, str]:
    """Return the title in each language, the source language first."""
    found = {language: title.text for language, title in content.title.items()}
    source = content.source_language
    return {source: found[source], **found} if source in found else found


def languages(content: Content) -> tuple[str, ...]:
    """Return the languages the contribution has any text in, the source language first."""
    spoken = {language for texts in localised(content) for language in texts}
    source = (content.source_language,) if content.source_language in spoken else ()
    return _distinct((*source, *sorted(spoken)))


def localised(content: Content) -> Iterator[Mapping[str, Text]]:
    """Yield every text of the record that is written by language, also inside its parts."""
    yield from (value for value in content.__dict__.values() if isinstance(value, dict))
    yield from (indicator.name for indicator in content.indicators)
    if content.joint_action:
        yield from (content.joint_action.ask, content.joint_action.addressee, content.joint_action.outcome)


def _organisations(content: Content) -> Iterator[Organisation]:
    if content.lead_organisation:
        yield content.lead_organisation
    yield from content.partner_organisations
    if content.joint_action:
        yield from content.joint_action.supporting_organisations


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
