"""A practice as unqualified Dublin Core (``oai_dc``), which every repository gives."""

from typing import Final

from lxml import etree

from services.syndication.domain.agreed import agreed, what_was_agreed
from services.syndication.domain.known import all_said
from services.syndication.domain.licences import licence_address
from services.syndication.oai.formats import Format
from services.syndication.xml import XSI, Element, add
from shared.events.found_under import organisations_of
from shared.events.practices import PublicPractice
from shared.vocabulary import vocabulary

OAI_DC: Final = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC: Final = "http://purl.org/dc/elements/1.1/"
SCHEMA: Final = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
_D: Final = f"{{{DC}}}"


def dublin_core(practice: PublicPractice) -> Element:
    """Return the record. Texts stand once in each of their languages; codes by their English labels."""
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC, "xsi": XSI})
    root.set(f"{{{XSI}}}schemaLocation", f"{OAI_DC} {SCHEMA}")
    content, source = practice.content, practice.content.get("source_language")
    for text in all_said(content.get("title"), source):
        add(root, f"{_D}title", text.text, lang=text.language)
    _people(root, practice)
    for name in ("themes", "sectors"):
        for code in content.get(name, ()):
            add(root, f"{_D}subject", vocabulary(name).label(code), lang="en")
    for text in all_said(content.get("summary"), source):
        add(root, f"{_D}description", text.text, lang=text.language)
    if practice.agreement:
        add(root, f"{_D}description", agreed(practice.agreement), lang="en")
        for text in what_was_agreed(practice.agreement):
            add(root, f"{_D}description", text.text, lang=text.language)
    add(root, f"{_D}date", practice.published_at.date().isoformat())
    add(root, f"{_D}type", "Text")
    add(root, f"{_D}type", vocabulary("kinds").label(practice.kind), lang="en")
    add(root, f"{_D}format", "text/html")
    add(root, f"{_D}identifier", practice.address)
    for tag in practice.languages:
        add(root, f"{_D}language", tag)
    for address in _links(practice):
        add(root, f"{_D}relation", address)
    _coverage(root, practice)
    if licence := content.get("licence"):
        add(root, f"{_D}rights", licence_address(licence))
    return root


def _coverage(root: Element, practice: PublicPractice) -> None:
    content = practice.content
    for code in content.get("countries", ()):
        add(root, f"{_D}coverage", vocabulary("countries").label(code), lang="en")
    period = content.get("period") or {}
    if period.get("start"):
        add(root, f"{_D}coverage", f"{period['start']}/{period.get('end') or ''}")


def _people(root: Element, practice: PublicPractice) -> None:
    names = [one["name"] for one in practice.content.get("authors", ()) if one.get("name")]
    organisations = [name for _, name in organisations_of(practice.content)]
    for name in names or organisations[:1]:
        add(root, f"{_D}creator", name)
    for name in organisations[:1]:
        add(root, f"{_D}publisher", name)
    for name in organisations[1:]:
        add(root, f"{_D}contributor", name)


def _links(practice: PublicPractice) -> list[str]:
    programme = practice.content.get("programme") or {}
    links = [one.get("url") for one in practice.content.get("links", ())]
    return [one for one in (programme.get("project_card"), programme.get("website"), *links) if one]


FORMAT: Final = Format(prefix="oai_dc", schema=SCHEMA, namespace=OAI_DC, write=dublin_core)
