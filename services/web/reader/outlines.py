"""Plane geometry of outlines, for drawing maps: simplify, clip, find a place for a label, write as a path of SVG."""

import math
from collections.abc import Sequence
from typing import Final

Point = tuple[float, float]
Ring = list[Point]
Box = tuple[float, float, float, float]

CORNERS: Final = 3  # fewer points hold no area
_GRID: Final = 24


def simplified(line: Ring, fine: float) -> Ring:
    """Leave out points nearer than ``fine`` to the line without them (Douglas and Peucker 1973); the ends stay.

    A closed line keeps the point farthest from its end too, so that an island does not become a point.
    """
    if len(line) < CORNERS:
        return line
    if line[0] == line[-1]:
        middle = max(range(len(line)), key=lambda n: math.dist(line[n], line[0]))
        if 0 < middle < len(line) - 1:
            return simplified(line[: middle + 1], fine)[:-1] + simplified(line[middle:], fine)
    farthest, away = max(
        ((n, _from_segment(line[n], line[0], line[-1])) for n in range(1, len(line) - 1)), key=lambda found: found[1]
    )
    if away < fine:
        return [line[0], line[-1]]
    return simplified(line[: farthest + 1], fine)[:-1] + simplified(line[farthest:], fine)


def clipped(ring: Ring, box: Box) -> Ring:
    """Return what of a ring lies in the box (left, top, right, bottom; Sutherland and Hodgman 1974)."""
    left, top, right, bottom = box
    for axis, limit, sign in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
        ring = _half(ring, axis, limit, sign)
    return ring


def _half(ring: Ring, axis: int, limit: float, sign: int) -> Ring:
    kept: Ring = []
    for here, there in zip(ring, ring[1:] + ring[:1], strict=True):
        inside, next_inside = sign * (here[axis] - limit) >= 0, sign * (there[axis] - limit) >= 0
        if inside:
            kept.append(here)
        if inside != next_inside:
            share = (limit - here[axis]) / (there[axis] - here[axis])
            kept.append((here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1])))
    return kept


def area(ring: Sequence[Point]) -> float:
    """Return the area, whichever way the ring runs."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], *ring[:1]], strict=True))) / 2


def inmost(ring: Ring) -> Point:
    """Return a point well within a ring, for a label: of a grid over it, the one farthest from its edge."""
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    left, top, width, height = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    grid = [
        (left + width * (i + 0.5) / _GRID, top + height * (j + 0.5) / _GRID) for i in range(_GRID) for j in range(_GRID)
    ]
    inside = [point for point in grid if _contains(ring, point)]
    if not inside:
        return left + width / 2, top + height / 2
    edges = list(zip(ring, ring[1:] + ring[:1], strict=True))
    return max(inside, key=lambda point: min(_from_segment(point, a, b) for a, b in edges))


def path(rings: Sequence[Ring]) -> str:
    """Write rings as the ``d`` of a path of SVG, in steps of a tenth of a unit from point to point."""
    return "".join(_subpath(ring) for ring in rings)


def _subpath(ring: Ring) -> str:
    points = [(round(x * 10), round(y * 10)) for x, y in ring]
    x, y = points[0]
    text = f"M{_tenth(x)} {_tenth(y)}l"
    steps = []
    for there_x, there_y in points[1:]:
        if (there_x, there_y) != (x, y):
            steps.append(_joined(_tenth(there_x - x), _tenth(there_y - y)))
            x, y = there_x, there_y
    return text + "".join(step if not n or step[0] == "-" else " " + step for n, step in enumerate(steps)) + "z"


def _joined(first: str, second: str) -> str:
    return first + (second if second[0] == "-" else " " + second)


def _tenth(value: int) -> str:
    text = f"{value / 10:.1f}".removesuffix(".0")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _from_segment(point: Point, a: Point, b: Point) -> float:
    across, up = b[0] - a[0], b[1] - a[1]
    length = across * across + up * up
    share = ((point[0] - a[0]) * across + (point[1] - a[1]) * up) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return math.dist(point, (a[0] + share * across, a[1] + share * up))


def _contains(ring: Ring, point: Point) -> bool:
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside
