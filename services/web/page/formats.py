"""How dates, numbers, names of languages and countries, and texts in several languages are shown (Babel, CLDR)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from services.web.page.languages import direction

_LIST_ITEM = re.compile(r"[-*•]\s+(.*)", re.DOTALL)
_KILOBYTE = 1000
_GROUPED = 1000  # from here on digits are grouped
_TWO = 2  # of a longer unit: one is told in the next shorter, so that rounding hides little
_UNITS = ("B", "kB", "MB", "GB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text, its language and where it comes from (``original``, ``human``, ``reviewed``, ``machine``)."""

    text: str
    language: str
    provenance: str = "original"


class Formats:
    """The filters of the templates, for a page in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        # English as Europe writes it: the day first.
        self.locale = Locale("en", "IE") if language == "en" else Locale(language)
        self._moment = f"{self.locale.datetime_skeletons['yMMMd'].pattern}, HH:mm"  # 3 Mar 2026; 3. März 2026

    def day(self, value: str | date | None, style: str = "long") -> str:
        """A date: 3 March 2026."""
        return format_date(_date(value), style, locale=self.locale) if value else ""

    def moment(self, value: str | datetime | None) -> str:
        """A date and time, in UTC and saying so."""
        if not value:
            return ""
        return f"{format_datetime(_moment(value), self._moment, locale=self.locale)} UTC"

    def ago(self, value: str | datetime | None) -> str:
        """How long ago, or in how long."""
        if not value:
            return ""
        return format_timedelta(_moment(value) - datetime.now(UTC), add_direction=True, locale=self.locale)

    def lasting(self, seconds: float) -> str:
        """How long something took: 90 seconds, 20 minutes, 30 hours, 3 days. Of one unit there are at least two."""
        return format_timedelta(timedelta(seconds=seconds), threshold=_TWO, locale=self.locale)

    def stamp(self, value: str | datetime | date | None) -> str:
        """The value of a ``datetime`` attribute."""
        return value.isoformat() if isinstance(value, date) else value or ""

    def number(self, value: float | str) -> str:
        if type(value) is int and 0 <= value < _GROUPED:
            return str(value)  # most numbers of a page; Babel takes a hundred times longer
        return format_decimal(value, locale=self.locale) if isinstance(value, int | float) else value

    def percent(self, part: float) -> str:
        """A part of one as whole percent: 0.45 is 45%, or as the language of the page writes it."""
        return format_percent(part, locale=self.locale)

    def size(self, count: int) -> str:
        """A number of bytes, in the unit that suits it."""
        value, unit = float(count), 0
        while value >= _KILOBYTE and unit < len(_UNITS) - 1:
            value, unit = value / _KILOBYTE, unit + 1
        return f"{format_decimal(round(value, 1 if unit > 1 else 0), locale=self.locale)} {_UNITS[unit]}"

    def country(self, code: str) -> str:
        """The name of a country (ISO 3166-1 alpha-2)."""
        return str(self.locale.territories.get(code.upper(), code))

    def language_name(self, tag: str) -> str:
        """The name of a language, in the language of the page."""
        try:
            return Locale.parse(tag, sep="-").get_display_name(self.locale) or tag
        except (UnknownLocaleError, ValueError):
            return str(self.locale.languages.get(tag.partition("-")[0], tag))

    def own_name(self, tag: str) -> str:
        """The name of a language in itself."""
        try:
            locale = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            return self.language_name(tag)
        name = locale.get_display_name(locale) or tag
        return name[:1].upper() + name[1:]

    def said(
        self, texts: Mapping[str, Any] | None, source: str | None = None, wanted: str | None = None
    ) -> Text | None:
        """Choose from a text in several languages: the wanted one, the page's, the source's, English, any.

        ``texts`` maps BCP 47 tags to ``{"text", "provenance"}`` or to plain text.
        """
        if not texts:
            return None
        for tag in (wanted, self.language, source, "en", *sorted(texts)):
            if tag is not None and tag in texts:
                found = texts[tag]
                if isinstance(found, str):
                    return Text(text=found, language=tag)
                return Text(text=found["text"], language=tag, provenance=found.get("provenance") or "original")
        return None

    def speaks(self, tag: str | None) -> Markup:
        """The attributes of an element whose text is in another language than the page: lang and dir."""
        if not tag or tag == self.language:
            return Markup()
        return Markup(' lang="{}" dir="{}"').format(tag, direction(tag))

    def prose(self, text: str | None) -> Markup:
        """Paragraphs and lists of a plain text: blank lines part them, lines that begin with a dash are items."""
        blocks = (block.strip("\n") for block in re.split(r"\n\s*\n", (text or "").replace("\r\n", "\n")))
        return Markup("\n").join(_block(block) for block in blocks if block.strip())

    def listing(self, names: Sequence[str]) -> str:
        """Names as a list within a sentence: a, b and c."""
        from babel.lists import format_list  # noqa: PLC0415 - few pages need it

        return format_list(list(names), locale=self.locale)


def countries() -> frozenset[str]:
    """Return every country code that CLDR knows a language of."""
    return frozenset(get_global("territory_languages"))


def _block(block: str) -> Markup:
    lines = [line.strip() for line in block.split("\n") if line.strip()]
    items = [_LIST_ITEM.fullmatch(line) for line in lines]
    if all(items):
        return Markup("<ul>{}</ul>").format(
            Markup().join(Markup("<li>{}</li>").format(item[1]) for item in items if item)
        )
    return Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in lines))


def _date(value: str | date) -> date:
    if isinstance(value, str):
        return datetime.fromisoformat(value).date() if "T" in value else date.fromisoformat(value)
    return value


def _moment(value: str | datetime) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
