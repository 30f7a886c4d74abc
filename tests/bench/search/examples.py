"""``python -m tests.bench.search.examples write|check``: docs/search-queries.md, queries over the sample practices."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from services.search.find import Found, Hit, Search, find
from services.search.index import Snapshot
from services.search.prefixes import with_filters
from tests.services.search.making import ANALYSIS, LABELS, index_of, practice

PAGE: Final = Path("docs/search-queries.md")
_SAMPLES: Final = Path(__file__).parents[3] / "samples"
_SHOWN: Final = 3
_HEAD: Final = """# Twenty queries

In eight languages, over the sample practices; written by `python -m tests.bench.search.examples write`. For each, what
stands first, in which language its words were found, and where. [How ranking works](search.md) tells the rest.
"""

# What is asked, and what it is to show.
QUERIES: Final[Mapping[str, str]] = {
    "kitchen placement": "two plain words",
    "kichen placment": "both mistyped",
    "VET": "an acronym for vocational education and training",
    "recognition of prior learning": "an expression with a synonym (RPL)",
    '"night train"': "a phrase",
    "mobility -visa": "a word left out",
    "apprentices country:IE": "a filter typed among the words",
    "How can apprentices travel without flying?": "a question: any of its words will do",
    "Anerkennung": "German: a theme's name finds practices in other languages",
    "Lehrkraefte Austausch": "German: an umlaut written out",
    "Grenzpraktika": "German: a compound in another number",
    "reconnaissance": "French: a theme's name",
    "petite enfance carnets": "French: an expression with a synonym, and a word",
    "hermanamiento": "Spanish",
    "famiglie ospitanti": "Italian",
    "uznawanie kwalifikacji": "Polish",
    "szkolach": "Polish: inflected, without its accent",
    "σχολειο": "Greek: without its accent",
    "交流": "Japanese or Chinese: two characters inside a word",
    "Finlandia": "a country's name in Polish, Spanish or Italian",
}


def page() -> str:
    """Index the samples, ask, and return the page."""
    with TemporaryDirectory() as folder:
        snapshot = index_of(Path(folder) / "index", *_samples()).snapshot
        return _HEAD + "".join(_asked(text, shows, snapshot) for text, shows in QUERIES.items())


def _samples() -> list[Any]:
    made = []
    for path in sorted(_SAMPLES.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))["content"]
        made.append(practice(path.stem, titles=content["title"], **{k: v for k, v in content.items() if k != "title"}))
    return made


def _asked(text: str, shows: str, snapshot: Snapshot) -> str:
    found = find(with_filters(Search(text=text, filters={}, limit=_SHOWN), LABELS), snapshot, ANALYSIS)
    lines = [f"\n## `{text}`\n", f"{shows[0].upper()}{shows[1:]}. {_summary(found)}\n"]
    return "\n".join([*lines, *(_line(hit) for hit in found.hits)]) + "\n"


def _summary(found: Found) -> str:
    spoken = f" Taken for `{found.language}`." if found.language else ""
    partly = ", some with only part of the words" if found.partial else ""
    return f"Found: {found.total}{partly}.{spoken}"


def _line(hit: Hit) -> str:
    excerpt = hit.excerpt
    matched = ", ".join(excerpt.matched) or "no text: by names, what it is filed under, or likeness"
    return f"1. {excerpt.title_html} (`{hit.shown['id']}`)<br>in {matched}: {excerpt.snippet_html}"


def main(given: list[str]) -> int:
    """Write the page, or tell whether it is as it would be written; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.search.examples", description=__doc__)
    parser.add_argument("do", choices=("write", "check"))
    if parser.parse_args(given).do == "write":
        PAGE.write_text(page(), "utf-8")
        return 0
    if PAGE.read_text("utf-8") != page():
        sys.stderr.write(f"{PAGE} is not what search answers: python -m tests.bench.search.examples write\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
