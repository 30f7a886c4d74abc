"""A practice as MODS 3.4 (Metadata Object Description Schema): what Dublin Core has no room for."""

from typing import Any, Final

from lxml import etree

from services.syndication.domain.agreed import agreed, what_was_agreed
from services.syndication.domain.known import all_said
from services.syndication.domain.licences import licence_address
from services.syndication.oai.formats import Format
from services.syndication.xml import XSI, Element, add
from shared.events.found_under import organisations_of
from shared.events.practices import PublicPractice
from shared.vocabulary import vocabulary

MODS: Final = "http://www.loc.gov/mods/v3"
SCHEMA: Final = "http://www.loc.gov/standards/mods/v3/mods-3-4.xsd"
XLINK: Final = "http://www.w3.org/1999/xlink"
_M: Final = f"{{{MODS}}}"
_SITE: Final = "Practice Exchange"
_RELATORS: Final = {"aut": "author", "ctb": "contributor", "his": "host institution"}


def mods(practice: PublicPractice) -> Element:
    """Return the record. Texts stand in each of their languages; codes by their English labels."""
    root = etree.Element(f"{_M}mods", nsmap={"mods": MODS, "xlink": XLINK, "xsi": XSI})
    root.set("version", "3.4")
    root.set(f"{{{XSI}}}schemaLocation", f"{MODS} {SCHEMA}")
    content, source = practice.content, practice.content.get("source_language")
    for number, text in enumerate(all_said(content.get("title"), source)):
        info = add(root, f"{_M}titleInfo", None, lang=text.language, type="translated" if number else None)
        add(info, f"{_M}title", text.text)
    _names(root, practice)
    add(root, f"{_M}typeOfResource", "text")
    add(root, f"{_M}genre", vocabulary("kinds").label(practice.kind), lang="en")
    _origin(root, practice)
    for tag in practice.languages:
        add(add(root, f"{_M}language"), f"{_M}languageTerm", tag, type="code", authority="rfc4646")
    described = add(root, f"{_M}physicalDescription")
    add(described, f"{_M}internetMediaType", "text/html")
    add(described, f"{_M}digitalOrigin", "born digital")
    for text in all_said(content.get("summary"), source):
        add(root, f"{_M}abstract", text.text, lang=text.language)
    for code in content.get("target_groups", ()):
        add(root, f"{_M}targetAudience", vocabulary("target-groups").label(code), lang="en")
    _notes(root, practice)
    _subjects(root, content)
    _related(root, content)
    add(root, f"{_M}identifier", practice.address, type="uri")
    add(root, f"{_M}identifier", practice.id, type="local")
    add(add(root, f"{_M}location"), f"{_M}url", practice.address, usage="primary display")
    if licence := content.get("licence"):
        condition = add(
            root, f"{_M}accessCondition", vocabulary("licences").label(licence), type="use and reproduction"
        )
        condition.set(f"{{{XLINK}}}href", licence_address(licence))
    _record(root, practice)
    return root


def _names(root: Element, practice: PublicPractice) -> None:
    for person in practice.content.get("authors", ()):
        if person.get("name"):
            name = _name(root, "personal", person["name"], "aut")
            if person.get("organisation"):
                add(name, f"{_M}affiliation", person["organisation"])
    for number, (_, organisation) in enumerate(organisations_of(practice.content)):
        _name(root, "corporate", organisation, "ctb" if number else "his")


def _name(root: Element, kind: str, text: str, relator: str) -> Element:
    name = add(root, f"{_M}name", None, type=kind)
    add(name, f"{_M}namePart", text)
    role = add(name, f"{_M}role")
    add(role, f"{_M}roleTerm", relator, type="code", authority="marcrelator")
    add(role, f"{_M}roleTerm", _RELATORS[relator], type="text", authority="marcrelator")
    return name


def _origin(root: Element, practice: PublicPractice) -> None:
    origin = add(root, f"{_M}originInfo")
    lead = next((name for _, name in organisations_of(practice.content)), _SITE)
    add(origin, f"{_M}publisher", lead)
    first, latest = practice.first_published_at.date(), practice.published_at.date()
    add(origin, f"{_M}dateIssued", first.isoformat(), encoding="w3cdtf", keyDate="yes")
    if practice.version > 1:
        add(origin, f"{_M}dateModified", latest.isoformat(), encoding="w3cdtf")
    if practice.agreement:
        add(origin, f"{_M}dateOther", practice.agreement.agreed_on.isoformat(), encoding="w3cdtf", type="agreed")
    add(origin, f"{_M}edition", f"Version {practice.version}")


def _notes(root: Element, practice: PublicPractice) -> None:
    content = practice.content
    if practice.agreement:
        add(root, f"{_M}note", agreed(practice.agreement), type="agreement", lang="en")
        for text in what_was_agreed(practice.agreement):
            add(root, f"{_M}note", text.text, type="agreement", lang=text.language)
    if level := content.get("evidence_level"):
        add(root, f"{_M}note", vocabulary("evidence-levels").label(level), type="evidence level", lang="en")
    if funding := (content.get("declarations") or {}).get("funding"):
        add(root, f"{_M}note", funding, type="funding")
    programme = content.get("programme") or {}
    if name := programme.get("programme"):
        number = f", {programme['project_id']}" if programme.get("project_id") else ""
        add(root, f"{_M}note", f"{name}{number}", type="programme")


def _subjects(root: Element, content: dict[str, Any]) -> None:
    for name in ("themes", "sectors", "policy_links", "fora"):
        for code in content.get(name, ()):
            subject = add(root, f"{_M}subject")
            add(subject, f"{_M}topic", vocabulary(name.replace("_", "-")).label(code), lang="en")
    for code in content.get("countries", ()):
        subject = add(root, f"{_M}subject")
        add(subject, f"{_M}geographic", vocabulary("countries").label(code), lang="en")
        add(add(root, f"{_M}subject"), f"{_M}geographicCode", code.lower(), authority="iso3166")
    period = content.get("period") or {}
    if period.get("start"):
        subject = add(root, f"{_M}subject")
        add(subject, f"{_M}temporal", period["start"], encoding="w3cdtf", point="start")
        if period.get("end"):
            add(subject, f"{_M}temporal", period["end"], encoding="w3cdtf", point="end")


def _related(root: Element, content: dict[str, Any]) -> None:
    host = add(root, f"{_M}relatedItem", None, type="host")
    add(add(host, f"{_M}titleInfo"), f"{_M}title", _SITE)
    programme = content.get("programme") or {}
    links = [(programme.get(name), "") for name in ("project_card", "website")]
    links += [(one.get("url"), one.get("label") or "") for one in content.get("links", ())]
    for address, label in links:
        if address:
            item = add(root, f"{_M}relatedItem", None, type="references")
            if label:
                add(add(item, f"{_M}titleInfo"), f"{_M}title", label)
            add(add(item, f"{_M}location"), f"{_M}url", address)


def _record(root: Element, practice: PublicPractice) -> None:
    info = add(root, f"{_M}recordInfo")
    add(info, f"{_M}recordContentSource", _SITE)
    add(info, f"{_M}recordCreationDate", practice.first_published_at.date().isoformat(), encoding="w3cdtf")
    add(info, f"{_M}recordChangeDate", practice.published_at.date().isoformat(), encoding="w3cdtf")
    add(info, f"{_M}recordIdentifier", practice.id)
    add(add(info, f"{_M}languageOfCataloging"), f"{_M}languageTerm", "en", type="code", authority="rfc4646")


FORMAT: Final = Format(prefix="mods", schema=SCHEMA, namespace=MODS, write=mods)
