"""Make the maps of the home page: ``python -m services.web.reader.make_map FOLDER``.

FOLDER holds ``countries-50m.json`` and ``countries-110m.json`` of the npm package ``world-atlas`` 2.0.2: Natural Earth
4.1 (https://www.naturalearthdata.com, public domain) as TopoJSON. Borders are simplified along shared arcs, so that
neighbours still meet, and projected: Europe by Lambert's azimuthal equal-area projection about 52° N 10° E, as the EU's
statistics do; the world by the Equal Earth projection (Šavrič, Patterson, Jenny 2018).

Written are ``static/map-europe.svg`` and ``static/map-world.svg``, all land in one grey, kept by browsers for ever, and
``reader/map.json``, one outline for each country, of which a page holds only those that have practices.
"""

import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pycountry

from services.web.reader.outlines import CORNERS, Point, Ring, area, clipped, inmost, path, simplified

HERE: Final = Path(__file__).parent
STATIC: Final = HERE.parent / "static"
_UNNUMBERED: Final = {"Kosovo": "XK", "N. Cyprus": "CY", "Somaliland": "SO"}  # Natural Earth draws them apart
_NO_PLACE: Final = frozenset({"AQ"})  # not drawn
_SMALL: Final = 45.0  # square units: smaller countries get a dot that one can see and hit
_JUMP: Final = 400.0  # units of the map of the world between two points of a line
_MOSTLY: Final = 0.5
_ALWAYS_EUROPE: Final = frozenset({"RU", "TR"})

Project = Callable[[float, float], Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One map: how it is projected, what part is shown (left, top, right, bottom) and how fine its lines are."""

    name: str
    file: str
    project: Project
    box: tuple[float, float, float, float]
    fine: float
    least: float  # islands smaller than this many square units are left out, unless they are all there is


def laea(longitude: float, latitude: float) -> Point:
    """Lambert azimuthal equal-area about 52° N 10° E (Snyder 1987, p. 182)."""
    east, north, middle = math.radians(longitude - 10), math.radians(latitude), math.radians(52)
    facing = math.sin(middle) * math.sin(north) + math.cos(middle) * math.cos(north) * math.cos(east)
    scale = 820 * math.sqrt(2 / max(1 + facing, 0.05))
    up = math.cos(middle) * math.sin(north) - math.sin(middle) * math.cos(north) * math.cos(east)
    return scale * math.cos(north) * math.sin(east) + 300, 322 - scale * up


def equal_earth(longitude: float, latitude: float) -> Point:
    """Equal Earth, with the coefficients of its authors."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    angle = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    slope = a1 + 3 * a2 * angle**2 + angle**6 * (7 * a3 + 9 * a4 * angle**2)
    x = math.radians(longitude) * math.cos(angle) * 2 / math.sqrt(3) / slope
    y = angle * (a1 + a2 * angle**2 + angle**6 * (a3 + a4 * angle**2))
    return 118 * x + 320, 155 - 118 * y


EUROPE: Final = Frame(name="europe", file="50m", project=laea, box=(0, 0, 640, 590), fine=0.9, least=4)
WORLD: Final = Frame(name="world", file="110m", project=equal_earth, box=(0, 0, 640, 290), fine=0.7, least=1.5)


def main(folder: Path) -> None:
    """Write the three files."""
    outlines = {frame.name: _countries(frame, folder) for frame in (EUROPE, WORLD)}
    small = _countries(Frame(**{**_fields(WORLD), "file": "50m"}), folder)
    outlines["world"] = small | outlines["world"]
    whole = _countries(Frame(**{**_fields(EUROPE), "box": (-4000, -4000, 4000, 4000)}), folder)
    at_home = {
        code
        for code, rings in outlines["europe"].items()
        if code in _ALWAYS_EUROPE or _size(rings) > _MOSTLY * _size(whole[code])
    }
    kept = {
        "europe": {code: rings for code, rings in outlines["europe"].items() if code in at_home},
        "world": {code: rings for code, rings in outlines["world"].items() if code not in at_home},
    }
    drawn = {frame.name: _map(frame, kept[frame.name]) for frame in (EUROPE, WORLD)}
    text = json.dumps(drawn, separators=(",", ":"), sort_keys=True)
    (HERE / "map.json").write_text(text + "\n", "utf-8")
    for frame in (EUROPE, WORLD):
        (STATIC / f"map-{frame.name}.svg").write_text(_land(frame, outlines[frame.name]), "utf-8")


def _fields(frame: Frame) -> dict[str, Any]:
    return {name: getattr(frame, name) for name in Frame.__slots__}


def _map(frame: Frame, outlines: dict[str, list[Ring]]) -> dict[str, Any]:
    left, top, right, bottom = frame.box
    places = {code: _place(rings) for code, rings in sorted(outlines.items())}
    return {"width": right - left, "height": bottom - top, "places": places}


def _place(rings: list[Ring]) -> dict[str, Any]:
    x, y = inmost(max(rings, key=area))
    place: dict[str, Any] = {"x": round(x), "y": round(y)}
    return place if _size(rings) < _SMALL else place | {"d": path(rings)}


def _land(frame: Frame, outlines: dict[str, list[Ring]]) -> str:
    """All land as one picture. Grey that is half transparent suits light and dark pages alike."""
    left, top, right, bottom = frame.box
    lines = "".join(path(rings) for _, rings in sorted(outlines.items()) if _size(rings) >= frame.least)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {right - left} {bottom - top}">'
        f'<path d="{lines}" fill="#8a8f88" fill-opacity=".28" stroke="#8a8f88" stroke-opacity=".5" stroke-width=".6"/>'
        "</svg>\n"
    )


def _countries(frame: Frame, folder: Path) -> dict[str, list[Ring]]:
    """Return the outlines of each country (ISO 3166-1 alpha-2) within the frame."""
    topology = json.loads((folder / f"countries-{frame.file}.json").read_text("utf-8"))
    fine = list(_arcs(topology, frame.project))
    coarse = [simplified(arc, frame.fine) for arc in fine]
    found: dict[str, list[Ring]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = _code(geometry)
        if code and code not in _NO_PLACE:
            # A country so small that nothing is left of it keeps its own outline: a dot is drawn there.
            rings = _within(geometry, coarse, frame) or _within(geometry, fine, frame)
            found.setdefault(code, []).extend(rings)
    return {code: _without_specks(rings, frame.least) for code, rings in found.items() if rings}


def _within(geometry: dict[str, Any], arcs: list[Ring], frame: Frame) -> list[Ring]:
    whole = _rings(geometry, arcs)
    parts = (part for ring in whole for part in _at_date_line(ring)) if frame.name == "world" else whole
    rings = (clipped(part, frame.box) for part in parts)
    return [ring for ring in rings if len(ring) >= CORNERS and area(ring) > 0]


def _without_specks(rings: list[Ring], least: float) -> list[Ring]:
    return [ring for ring in rings if area(ring) >= least] or [max(rings, key=area)]


def _code(geometry: dict[str, Any]) -> str | None:
    if number := geometry.get("id"):
        country = pycountry.countries.get(numeric=number)
        return country.alpha_2 if country else None
    return _UNNUMBERED.get(geometry["properties"]["name"])


def _arcs(topology: dict[str, Any], project: Project) -> Iterator[Ring]:
    """Undo the quantisation and the delta encoding of TopoJSON, and project."""
    (across, up), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append(project(x * across + left, y * up + bottom))
        yield points


def _rings(geometry: dict[str, Any], arcs: list[Ring]) -> Iterator[Ring]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        for ring in polygon:
            points: Ring = []
            for number in ring:
                arc = arcs[number] if number >= 0 else arcs[~number][::-1]
                points.extend(arc[1:] if points else arc)
            yield points[:-1]


def _at_date_line(ring: Ring) -> Iterator[Ring]:
    """Yield a ring, or its eastern and western part where it jumps from one edge of the world to the other."""
    jumps = any(abs(a[0] - b[0]) > _JUMP for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
    if not jumps:
        yield ring
        return
    middle = equal_earth(0, 0)[0]
    yield [point for point in ring if point[0] < middle]
    yield [point for point in ring if point[0] >= middle]


def _size(rings: list[Ring]) -> float:
    return sum(map(area, rings))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
