"""Writes ``countries``, ``languages`` and ``regions`` in ``data/`` from pycountry, M49 and CLDR (Babel, a development
dependency).

Run ``python -m shared.vocabulary.build`` after a new edition of either, and read the difference before keeping it:
a code that falls out of ISO 3166-1 or ISO 639-1 must stay in the file, marked retired.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pycountry
from babel import Locale

from shared.vocabulary.world import REGION_OF, REGIONS

_DATA: Final = Path(__file__).parent / "data"
_LABELS: Final = (
    *("en", "fr", "de", "es", "it", "pt", "pl", "el", "nl", "bg", "cs", "da", "et", "fi", "ga"),
    *("hr", "hu", "lt", "lv", "mt", "ro", "sk", "sl", "sv"),
)
_KOSOVO: Final = "XK"  # user-assigned; what EU programmes write, without prejudice to positions on status
_COUNTRY_ALIASES: Final = {
    "GR": ("EL", "Hellas"),
    "GB": ("UK", "Great Britain"),
    "CZ": ("Czech Republic",),
    "TR": ("Turkey",),
    "MK": ("Macedonia", "The former Yugoslav Republic of Macedonia", "The Republic of North Macedonia"),
    "NL": ("The Netherlands",),
    "XK": ("Kosovo * UN resolution", "Kosovo (UN resolution 1244)"),
}
_LONGER_LANGUAGE_CODES: Final = (
    *("ast", "ckb", "dsb", "fil", "frr", "fur", "hsb", "kmr", "lld", "prs"),
    *("rom", "sco", "sma", "smj", "smn", "sms", "szl", "zgh"),
)
_CLDR_LACKS: Final = {
    "kmr": {"en": "Northern Kurdish", "fr": "kurde du nord", "de": "Nordkurdisch"},
    "prs": {"en": "Dari", "fr": "dari", "de": "Dari"},
}
# Where CLDR groups otherwise than M49 or says it less plainly.
_M49_NAMES: Final = {
    "419": {
        "en": "Latin America and the Caribbean",
        "fr": "Amérique latine et Caraïbes",
        "de": "Lateinamerika und Karibik",
    },
    "053": {
        "en": "Australia and New Zealand",
        "fr": "Australie et Nouvelle-Zélande",
        "de": "Australien und Neuseeland",
    },
    "057": {"en": "Micronesia", "fr": "Micronésie", "de": "Mikronesien"},
}


def main() -> None:
    """Write the three files anew."""
    countries = sorted({country.alpha_2 for country in pycountry.countries} | {_KOSOVO})
    _write(
        "countries",
        "Countries",
        f"ISO 3166-1 alpha-2 (pycountry {_edition()}) and XK; labels from Unicode CLDR",
        (_country(code) for code in countries),
    )
    short = {language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2")} - {"sh"}
    _write(
        "languages",
        "Languages",
        f"ISO 639-1 and some of ISO 639-3 (pycountry {_edition()}); labels from Unicode CLDR",
        (_language(code) for code in sorted(short | set(_LONGER_LANGUAGE_CODES))),
    )
    _write(
        "regions",
        "Regions of the world",
        "UN M49, regions and sub-regions; labels from Unicode CLDR",
        (_region(code) for region, parts in REGIONS.items() for code in (region, *parts)),
    )


def _edition() -> str:
    return str(pycountry.__version__)


def _country(code: str) -> dict[str, Any]:
    record = pycountry.countries.get(alpha_2=code)
    names = [getattr(record, kind, None) for kind in ("name", "official_name", "common_name", "alpha_3")]
    aliases = [*_COUNTRY_ALIASES.get(code, ()), *(name for name in names if name)]
    return _term(code, lambda locale: locale.territories.get(code), aliases)


def _language(code: str) -> dict[str, Any]:
    key = "alpha_2" if len(code) == 2 else "alpha_3"  # noqa: PLR2004 (ISO 639-1 has two letters)
    record: Any = pycountry.languages.get(**{key: code})
    aliases = [name for name in (record.name, record.alpha_3) if name != code]
    return _term(code, lambda locale: locale.languages.get(code), aliases)


def _region(code: str) -> dict[str, Any]:
    term = _term(code, lambda locale: locale.territories.get(code), ())
    term["labels"] |= _M49_NAMES.get(code, {})
    return term | ({"broader": REGION_OF[code]} if code in REGION_OF else {})


def _term(code: str, label: Callable[[Locale], str | None], aliases: Iterable[str]) -> dict[str, Any]:
    labels = {language: found for language in _LABELS if (found := label(Locale.parse(language)))}
    labels |= _CLDR_LACKS.get(code, {})
    for language in ("en", "fr", "de"):
        labels.setdefault(language, next(iter(aliases), code))
    ordered = {language: labels[language] for language in _LABELS if language in labels}
    kept = [alias for alias in dict.fromkeys(aliases) if alias not in ordered.values()]
    return {"code": code, "labels": ordered} | ({"aliases": kept} if kept else {})


def _write(name: str, title: str, source: str, terms: Iterable[dict[str, Any]]) -> None:
    document = {"name": name, "title": title, "source": source, "version": "1.0.0", "terms": list(terms)}
    text = json.dumps(document, ensure_ascii=False, indent=2)
    (_DATA / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
