"""Who wants other colours gets nothing but other colours, which is what tests of accessibility look at then."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHEETS = sorted(
    file.relative_to(ROOT).as_posix() for room in ("services", "local") for file in (ROOT / room).rglob("*.css")
)
OF_COLOURS = re.compile(
    r"--[a-z-]+|fill|stroke|(background-)?color|border(-color)?|outline(-color|-offset)?|forced-color-adjust"
)


def declared(sheet: str) -> list[str]:
    """Return the properties that are set for a colour scheme, for more contrast, or where colours are forced."""
    found: list[str] = []
    for rules in re.findall(r"@media[^{]*(?:color-scheme|contrast|forced-colors)[^{]*\{((?:[^{}]*\{[^{}]*\})*)", sheet):
        for block in re.findall(r"\{([^{}]*)\}", rules):
            found += [one.partition(":")[0].strip() for one in block.split(";") if one.strip()]
    return found


@pytest.mark.parametrize("sheet", SHEETS)
def test_who_wants_other_colours_gets_nothing_but_other_colours(sheet: str) -> None:
    properties = declared((ROOT / sheet).read_text(encoding="utf-8"))
    assert [name for name in properties if not OF_COLOURS.fullmatch(name)] == []


def test_some_sheets_have_other_colours() -> None:
    found = [name for sheet in SHEETS for name in declared((ROOT / sheet).read_text(encoding="utf-8"))]
    assert {"--ink", "fill", "border", "outline"} <= set(found)
    assert declared("@media (forced-colors: active) { a { border: 0 } b { display: none; } } p { color: red }") == [
        "border",
        "display",
    ]
