"""``python -m services.search evaluate FOLDER... [--json]``: what is found of test collections, as a table or JSON.

Exit code 0: all were measured; 2: a folder is no collection, and nothing was measured. Progress goes to stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, TextIO

from services.search.evaluate.collection import BadCollection, Collection, read_collection
from services.search.evaluate.run import Evaluator, Measured, Progress
from services.search.evaluate.scores import NDCG_AT, RECALL_AT

MEASURED, NOTHING_DONE = 0, 2
_STEPS: Final = 20  # of progress, where it is not shown in place
_MACRO: Final = "macro average"


def evaluate(given: Sequence[str], *, out: TextIO, progress: TextIO) -> int:
    """Measure the folders given, and write what was found; returns the exit code."""
    options = _arguments(given)
    try:
        collections = [read_collection(folder) for folder in options.folders]
    except BadCollection as error:
        progress.write(f"Nothing measured: {error}\n")
        return NOTHING_DONE
    measured = [_measured(Evaluator(), one, progress) for one in collections]
    out.write(_as_json(measured) if options.json else _as_table(measured))
    return MEASURED


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m services.search evaluate",
        description="Measure how well the service finds: index test collections, ask their queries, score what comes.",
        epilog="A folder holds corpus.jsonl (id, title, text), queries.jsonl (id, text) and qrels.tsv "
        "(query, document, grade). Languages are found, not told.",
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a test collection")
    parser.add_argument("--json", action="store_true", help="write JSON instead of a table")
    return parser.parse_args(given)


def _measured(evaluator: Evaluator, collection: Collection, to: TextIO) -> Measured:
    measured = evaluator.measure(collection, _teller(collection.name, to))
    if to.isatty():
        to.write("\r\x1b[K")
    return measured


def _teller(name: str, to: TextIO) -> Progress:
    """Tell progress in place on a terminal, else at some steps on lines of their own."""

    def tell(what: str, done: int, of: int) -> None:
        if to.isatty():
            to.write(f"\r\x1b[K{name}: {what} {done} of {of}")
            to.flush()
        elif done == of or (done * _STEPS // of != (done - 1) * _STEPS // of and done * _STEPS // of % 5 == 0):
            to.write(f"{name}: {what} {done} of {of}\n")

    return tell


def macro(measured: Sequence[Measured]) -> tuple[float, float]:
    """Return the means of nDCG and recall over collections, each counting alike."""
    return (sum(one.ndcg for one in measured) / len(measured), sum(one.recall for one in measured) / len(measured))


def _as_json(measured: Sequence[Measured]) -> str:
    ndcg, recall = macro(measured)
    names = {"ndcg": f"ndcg@{NDCG_AT}", "recall": f"recall@{RECALL_AT}"}
    rows = [{names.get(name, name): value for name, value in asdict(one).items()} for one in measured]
    return json.dumps({"collections": rows, "macro": {names["ndcg"]: ndcg, names["recall"]: recall}}, indent=1) + "\n"


def _as_table(measured: Sequence[Measured]) -> str:
    width = max(len(_MACRO), *(len(one.name) for one in measured))
    head = f"{'collection':{width}}  {'texts':>8}  {'queries':>8}  {f'nDCG@{NDCG_AT}':>10}  {f'Recall@{RECALL_AT}':>10}"
    rows = [
        f"{one.name:{width}}  {one.texts:>8}  {one.queries:>8}  {one.ndcg:>10.4f}  {one.recall:>10.4f}"
        for one in measured
    ]
    ndcg, recall = macro(measured)
    last = f"{_MACRO:{width}}  {'':>8}  {'':>8}  {ndcg:>10.4f}  {recall:>10.4f}"
    return "\n".join((head, *rows, last)) + "\n"


def main(given: Sequence[str]) -> int:
    """Run it on this process's own output."""
    return evaluate(given, out=sys.stdout, progress=sys.stderr)
