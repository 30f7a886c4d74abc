"""The map of where the practices are: which outlines to draw, how dark, and what they are called."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.web.reader.asked import Asked

_FILE: Final = Path(__file__).parent / "map.json"
_SHADES: Final = 4
MAPS: Final = ("europe", "world")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country that has practices. ``outline`` is a path of SVG, empty where a dot at ``x``, ``y`` stands for it."""

    name: str
    count: int
    shade: int
    address: str
    x: int
    y: int
    outline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One map, its places from the fewest practices to the most: numbers of the many lie on top."""

    name: str
    width: int
    height: int
    places: tuple[Place, ...]


class Atlas:
    """The outlines of all countries, read once."""

    def __init__(self, file: Path = _FILE) -> None:
        self._maps: dict[str, Any] = json.loads(file.read_text("utf-8"))

    def plans(self, countries: Sequence[dict[str, Any]]) -> tuple[Plan, ...]:
        """Return the maps with the counts of a facet in them (``{"code", "label", "count"}``)."""
        most = max((country["count"] for country in countries), default=1)
        return tuple(self._plan(name, countries, most) for name in MAPS)

    def _plan(self, name: str, countries: Sequence[dict[str, Any]], most: int) -> Plan:
        drawn = self._maps[name]
        places = [
            _place(country, drawn["places"][country["code"]], most)
            for country in sorted(countries, key=lambda country: country["count"])
            if country["code"] in drawn["places"] and country["count"]
        ]
        return Plan(name=name, width=drawn["width"], height=drawn["height"], places=tuple(places))


def _place(country: dict[str, Any], drawn: dict[str, Any], most: int) -> Place:
    return Place(
        name=country["label"],
        count=country["count"],
        shade=shade(country["count"], most),
        address=Asked(chosen={"country": (country["code"],)}).address(),
        x=drawn["x"],
        y=drawn["y"],
        outline=drawn.get("d", ""),
    )


def shade(count: int, most: int) -> int:
    """Return 1 (lightest) to 4: each step is twice the practices of the one before."""
    step = _SHADES
    while step > 1 and count * 2 ** (_SHADES - step) * 2 <= most:
        step -= 1
    return step
