"""Measuring how well search finds, by collections made here; the judgements are known, so are the scores."""

from __future__ import annotations

import io
import json
from math import log2
from pathlib import Path
from typing import Any

import pytest

from services.search.__main__ import main
from services.search.evaluate.collection import BadCollection, read_collection
from services.search.evaluate.command import evaluate
from services.search.evaluate.scores import ndcg, recall
from services.search.language import detector

CORPUS = [
    {"id": "trains", "title": "By rail", "text": "Apprentices travel to their placements by train through the night."},
    {"id": "schule", "title": "", "text": "Die Lehrkräfte der Schule tauschen sich mit ihren Partnern im Ausland aus."},
    {"id": 3, "title": "Une école", "text": "Les enseignants préparent ensemble le départ de leurs élèves."},
]
QUERIES = [
    {"id": "q1", "text": "apprentice trains"},
    {"id": "q2", "text": "Lehrkraft Austausch"},
    {"id": "unjudged", "text": "nothing"},
]
QRELS = "q1\ttrains\t2\nq1\t3\t0\nq2\tschule\t1\nq2\tmissing\t1\n"


def folder(
    path: Path, *, corpus: Any = CORPUS, queries: Any = QUERIES, qrels: str = QRELS, raw: dict[str, bytes] | None = None
) -> Path:
    """A collection on disk; ``raw`` replaces whole files."""
    path.mkdir(parents=True, exist_ok=True)
    for name, lines in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        (path / name).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    (path / "qrels.tsv").write_text(qrels, "utf-8")
    for name, content in (raw or {}).items():
        (path / name).write_bytes(content)
    return path


def test_ndcg_and_recall_are_those_of_trec_eval() -> None:
    grades = {"a": 3, "b": 1, "c": 0, "d": 1}
    best = 3 + 1 / log2(3) + 1 / log2(4)
    assert ndcg(["b", "x", "a"], grades) == pytest.approx((1 + 3 / log2(4)) / best)
    assert ndcg(["a", "b", "d"], grades) == pytest.approx(1)
    assert ndcg(["x"] * 10 + ["a"], grades) == 0
    assert recall(["a", "x", "c"], grades) == pytest.approx(1 / 3)
    assert recall(["a"], {"a": 0}) == ndcg(["a"], {"a": 0}) == 0


def test_a_collection_is_searched_in_its_own_languages(tmp_path: Path) -> None:
    out, told = io.StringIO(), io.StringIO()
    assert evaluate([str(folder(tmp_path / "mine")), "--json"], out=out, progress=told) == 0
    found = json.loads(out.getvalue())
    best = 1 + 1 / log2(3)
    assert found["collections"] == [
        {
            "name": "mine",
            "texts": 3,
            "queries": 2,
            "ndcg@10": pytest.approx((1 + 1 / best) / 2),
            "recall@100": pytest.approx(0.75),
        }
    ]
    assert found["macro"] == {name: found["collections"][0][name] for name in ("ndcg@10", "recall@100")}
    assert "mine: asking 2 of 2" in told.getvalue()


def test_the_table_has_a_line_for_each_folder_and_the_average(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(folder(tmp_path / "one")), str(folder(tmp_path / "two"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["collection", "one", "two", "macro"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"corpus": []}, "corpus.jsonl holds no text"),
        ({"qrels": "q1\ttrains\t0\n"}, "no query of queries.jsonl has an answer"),
        ({"qrels": "q1\ttrains\t1\nq1 trains 1\n"}, "qrels.tsv, line 2: not a query, a document and a whole grade"),
        ({"corpus": [{"id": "a"}]}, "corpus.jsonl, line 1: 'text' is not a text"),
        ({"queries": [["q1", "x"]]}, "queries.jsonl, line 1: not an object"),
        ({"raw": {"corpus.jsonl": b'{"id": "a", "text"\n'}}, "corpus.jsonl, line 1: not JSON"),
        ({"raw": {"queries.jsonl": b"\xff\xfe\x00"}}, "queries.jsonl: not UTF-8"),
    ],
)
def test_a_bad_folder_is_told_what_is_wrong_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: dict[str, Any], said: str
) -> None:
    good, bad = folder(tmp_path / "good"), folder(tmp_path / "bad", **broken)
    with pytest.raises(BadCollection, match="bad"):
        read_collection(bad)
    assert main(["evaluate", str(good), str(bad)]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert not told.out
    assert len(told.err.splitlines()) == 1


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(tmp_path / "none")]) == 2
    assert "there is no such folder" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["evaluate", str(tmp_path / "empty")]) == 2
    assert "there is no corpus.jsonl" in capsys.readouterr().err


def test_column_names_of_judgements_are_passed_over(tmp_path: Path) -> None:
    named = folder(tmp_path / "named", qrels="query-id\tcorpus-id\tscore\n" + QRELS)
    assert read_collection(named).grades["q1"] == {"trains": 2, "3": 0}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mobilität Lehrkräfte", "de"),
        ("teacher exchange", "en"),
        ("uznawanie kwalifikacji", "pl"),
        ("κινητικότητα εκπαιδευτικών", "el"),
        ("学生流动", "zh"),
        ("MOKYTOJŲ MOBILUMAS", "lt"),
    ],
)
def test_the_language_of_a_few_words_is_told(text: str, language: str) -> None:
    found, sure = detector()(text)
    assert found == language
    assert sure > 0.5


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "🚂"])
def test_what_has_no_language_does_no_harm(text: str) -> None:
    assert 0 <= detector()(text)[1] <= 1.01
