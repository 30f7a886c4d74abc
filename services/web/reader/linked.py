"""What machines read of a practice: schema.org as JSON-LD, safe to stand inside a page."""

import json
from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from services.web.calls.vocabularies import Term
from services.web.page.formats import Formats
from services.web.reader.cite import SITE
from services.web.reader.practice import View

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


def linked_data(view: View, origin: str, terms: Mapping[str, Mapping[str, Term]], formats: Formats) -> dict[str, Any]:
    """An Article; a proposal for a joint action is a CreativeWork, as nothing in schema.org is nearer."""
    content = view.content
    address = f"{origin}/practices/{view.id}"
    organisation = _organisation(content.get("lead_organisation") or {})
    period = content.get("period") or {}
    document = {
        "@context": "https://schema.org",
        "@type": "CreativeWork" if view.kind == "joint_action" else "Article",
        "@id": address,
        "url": address,
        "identifier": view.id,
        "headline": view.title.text,
        "abstract": view.summary.text if view.summary else None,
        "inLanguage": view.title.language,
        "datePublished": view.first_published_at,
        "dateModified": view.published_at,
        "version": view.version,
        "genre": terms["kinds"][view.kind].label if view.kind in terms["kinds"] else None,
        "keywords": [_label(terms["themes"], code) for code in content.get("themes", ())],
        "spatialCoverage": [_country(formats.country(code)) for code in content.get("countries", ())],
        "temporalCoverage": f"{period['start']}/{period.get('end') or '..'}" if period.get("start") else None,
        "author": [{"@type": "Person", "name": one["name"]} for one in content.get("authors", ()) if one.get("name")],
        "sourceOrganization": organisation,
        "license": LICENCES.get(content.get("licence") or ""),
        "isAccessibleForFree": True,
        "isPartOf": {"@type": "WebSite", "name": SITE, "url": origin},
    }
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def embedded(document: dict[str, Any]) -> Markup:
    """Write JSON that cannot end the script element it stands in."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for sign, reference in _ESCAPED.items():
        text = text.replace(sign, reference)
    return Markup(text)  # noqa: S704 - nothing in it means anything to HTML any more


def _country(name: str) -> dict[str, str]:
    return {"@type": "Country", "name": name}


def _organisation(organisation: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"@type": "Organization", "name": organisation["name"]} if organisation.get("name") else None


def _label(terms: Mapping[str, Term], code: str) -> str:
    return terms[code].label if code in terms else code
