"""Time zones to choose from, by the part of the world, named by their cities."""

import zoneinfo
from typing import Final

from babel import Locale
from babel.dates import get_timezone_location

_REGIONS: Final = ("Europe", "Africa", "America", "Asia", "Atlantic", "Australia", "Indian", "Pacific")

Zones = list[tuple[str, list[tuple[str, str]]]]


def zones(locale: Locale) -> Zones:
    """Return (part of the world, [(IANA name, city in the language)]), sorted by city; takes some milliseconds."""
    known = zoneinfo.available_timezones()
    return [
        (
            region,
            sorted(
                (
                    (name, get_timezone_location(name, locale=locale, return_city=True))
                    for name in known
                    if name.startswith(f"{region}/")
                ),
                key=lambda pair: pair[1],
            ),
        )
        for region in _REGIONS
    ]


def known_zone(name: str) -> bool:
    return name in zoneinfo.available_timezones()
