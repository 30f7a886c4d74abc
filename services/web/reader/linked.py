"""What machines read of a practice: schema.org as JSON-LD, safe to stand inside a page."""

import json
from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from services.web.calls.vocabularies import Term
from services.web.page.formats import Formats
from services.web.reader.cite import SITE
from services.web.reader.practice import Attachment, View

LICENCES: Final[Mapping[str, str]] = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC-BY-NC-SA-4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    "CC-BY-ND-4.0": "https://creativecommons.org/licenses/by-nd/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
# Inside a script element only "</script" and "<!--" mean anything, and both begin with "<"; the others cost nothing.
_ESCAPED: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def linked_data(
    view: View, origin: str, terms: Mapping[str, Mapping[str, Term]], formats: Formats, *, latest: int
) -> dict[str, Any]:
    """An Article; a proposal for a joint action is a CreativeWork, as nothing in schema.org is nearer.

    The practice has its address as its name; a version before the ``latest`` has one of its own, and says of what.
    """
    content = view.content
    work = f"{origin}/practices/{view.id}"
    address = work if view.version == latest else f"{work}/versions/{view.version}"
    lead = _organisation(content.get("lead_organisation") or {})
    period = content.get("period") or {}
    people = [{"@type": "Person", "name": one["name"]} for one in content.get("authors", ()) if one.get("name")]
    document = {
        "@context": "https://schema.org",
        "@type": "CreativeWork" if view.kind == "joint_action" else "Article",
        "@id": address,
        "url": address,
        "exampleOfWork": {"@id": work} if address != work else None,
        "identifier": view.id,
        "headline": view.title.text,
        "name": view.title.text,
        "abstract": view.summary.text if view.summary else None,
        "inLanguage": view.title.language,
        "datePublished": view.first_published_at,
        "dateModified": view.published_at,
        "version": view.version,
        "genre": terms["kinds"][view.kind].label if view.kind in terms["kinds"] else None,
        "keywords": [_label(terms["themes"], code) for code in content.get("themes", ())],
        "about": [_term(name, code, terms[name]) for name in ("themes", "sectors") for code in content.get(name, ())],
        "audience": [
            {"@type": "Audience", "audienceType": _label(terms["target-groups"], code)}
            for code in content.get("target_groups", ())
        ],
        "spatialCoverage": [_country(code, formats.country(code)) for code in content.get("countries", ())],
        "temporalCoverage": f"{period['start']}/{period.get('end') or '..'}" if period.get("start") else None,
        "author": people or ([lead] if lead else None),
        "sourceOrganization": lead,
        "contributor": [_organisation(one) for one in content.get("partner_organisations", ()) if one.get("name")],
        "publisher": {"@type": "Organization", "name": SITE, "url": f"{origin}/"},
        "license": _licence(content.get("licence")),
        "isAccessibleForFree": True,
        "isPartOf": {"@type": "WebSite", "@id": f"{origin}/", "name": SITE, "url": f"{origin}/"},
        "isBasedOn": (content.get("programme") or {}).get("project_card"),
        "associatedMedia": [_file(one, work) for one in view.attachments],
    }
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def embedded(document: dict[str, Any]) -> Markup:
    """Write JSON that cannot end the script element it stands in."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for sign, reference in _ESCAPED.items():
        text = text.replace(sign, reference)
    return Markup(text)  # noqa: S704 - nothing in it means anything to HTML any more


def _term(name: str, code: str, terms: Mapping[str, Term]) -> dict[str, str]:
    return {"@type": "DefinedTerm", "termCode": code, "name": _label(terms, code), "inDefinedTermSet": name}


def _country(code: str, name: str) -> dict[str, str]:
    return {"@type": "Country", "identifier": code, "name": name}


def _organisation(organisation: Mapping[str, Any]) -> dict[str, Any] | None:
    if not organisation.get("name"):
        return None
    website = organisation.get("website")
    return {"@type": "Organization", "name": organisation["name"]} | ({"url": website} if website else {})


def _licence(licence: str | None) -> str | None:
    return LICENCES.get(licence, f"https://spdx.org/licenses/{licence}.html") if licence else None


def _file(file: Attachment, work: str) -> dict[str, Any]:
    told = {
        "@type": "MediaObject",
        "name": file.name,
        "encodingFormat": file.media_type,
        "contentSize": str(file.bytes),
        "contentUrl": f"{work}/files/{file.id}",
        "license": _licence(file.licence),
    }
    return {name: value for name, value in told.items() if value}


def _label(terms: Mapping[str, Term], code: str) -> str:
    return terms[code].label if code in terms else code
