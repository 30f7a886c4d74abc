"""A figure before and now as two bars on one scale that begins at nought."""

from dataclasses import dataclass
from typing import Final

WIDTH: Final = 100.0  # units of the drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Where a bar begins and how long it is, in units of the drawing."""

    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    before: Bar
    now: Bar


def bars(before: object, now: object) -> Bars | None:
    """Return the bars, or None where one of the two is no number or both are nought."""
    if not _is_number(before) or not _is_number(now):
        return None
    first, second = float(str(before)), float(str(now))
    low, high = min(0.0, first, second), max(0.0, first, second)
    if high == low:
        return None
    span = high - low

    def bar(value: float) -> Bar:
        return Bar(
            x=round((min(0.0, value) - low) / span * WIDTH, 2), width=max(0.5, round(abs(value) / span * WIDTH, 2))
        )

    return Bars(before=bar(first), now=bar(second))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
