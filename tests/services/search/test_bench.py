"""What the bench of search keeps between runs, and what its page says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.entry import entry_of
from services.search.evaluate.run import Measured
from services.search.index import total
from services.search.schema import build_schema
from services.search.shelf import Shelf
from tests.bench.search import bare, kept
from tests.bench.search.bare import Bare
from tests.bench.search.live import Live
from tests.bench.search.others import Other
from tests.bench.search.ours import Ours, Rebuilt
from tests.bench.search.page import Relevance, page
from tests.bench.search.texts import Query, Size, mistyped, practices, queries, text_of
from tests.services.search.making import ANALYSIS, index_of, practice

SIZE = Size(documents=300, words=120, queries=20)
EARLIER = "2026-03-01 12:00 UTC"


def ours(*, rebuilt: float | None = 1200.0, rebuilding: int = 300, earlier: str | None = None) -> Ours:
    return Ours(
        one=(0.01, 0.02),
        wrong=(0.03,),
        suggest=(0.004,),
        rate=150,
        many=(0.05,),
        busy=0.012,
        bare=Bare(taken=(0.005, 0.008), rate=250),
        filled=1100,
        filled_earlier=earlier,
        rebuilt=None if rebuilt is None else Rebuilt(rate=rebuilt, memory_bytes=rebuilding << 20),
        live=Live(apart=(0.1,), submitted=(0.3, 0.5), behind=0.2),
        index_bytes=130,
        text_bytes=100,
        memory_bytes=700 << 20,
        mapped_bytes=500 << 20,
        hostile_bytes=0,
    )


def test_what_was_built_is_known_again_and_only_in_its_size(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    assert kept.earlier(folder, SIZE) is None
    kept.begin(folder)
    assert kept.earlier(folder, SIZE) is None, "begun, and not finished"
    kept.note(folder, SIZE, rate=7)
    asked_more = Size(documents=300, words=120, queries=99)
    assert (kept.earlier(folder, asked_more) or {})["rate"] == 7, "how many queries are asked changes nothing built"
    with pytest.raises(kept.OtherSize, match="give another folder"):
        kept.earlier(folder, Size(documents=400, words=120))
    kept.begin(folder)
    assert kept.earlier(folder, SIZE) is None


def test_the_page_says_what_was_built_in_another_run_and_leaves_out_what_was_not_measured() -> None:
    other = Other(rate=400, earlier=EARLIER, taken=(0.2,))
    written = page(SIZE, (ours(rebuilt=None, earlier=EARLIER), {"SQLite FTS5": other}), None)
    assert f"The index was built in another run ({EARLIER})." in written
    assert "filled from the catalogue" not in written, "how quick that was is of the other run"
    assert f"| SQLite FTS5 | built in another run ({EARLIER}) | 1 | 200.0 ms |" in written
    assert "rebuilt beside" not in written
    assert "| one query over HTTP for one of tantivy itself, p50 / p95 | 2.0 / 2.5 |" in written
    assert "| from publication to found, p50 / p95 | 100.0 / 100.0 ms | p95 under 300 ms |" in written
    assert (
        "| the same while 5 a second are published, p50 / p95 | 400.0 / 500.0 ms | p95 under 400 ms: **not" in written
    )
    assert "| memory of its own | 200 MiB | under 500 |" in written
    assert "| resident memory, with pages of files that the kernel may drop | 700 MiB |" in written
    measured = Measured(name="some", texts=1, queries=1, ndcg=0.5, recall=0.5)
    scores = [Relevance(measured=measured, others={"SQLite FTS5": 0.4, "MongoDB $text": 0.3})]
    written = page(SIZE, (ours(rebuilt=900), {}), scores)
    assert "another run" not in written
    assert "| filled from the catalogue, practices a second | 1100 |" in written
    assert "| rebuilt beside the serving index, practices a second | 900 | at least 1,000: **not kept** |" in written
    assert "| and memory of its own meanwhile, at most | 300 MiB | under 500 |" in written
    assert "| some | 1 | 1 | 0.500 | 0.500 | 0.400 | 0.300 |" in written


def test_tantivy_itself_is_asked_on_the_index_that_serves(tmp_path: Path) -> None:
    made = [practice(f"p{n}", title="Mobility of teachers", themes=["recognition"]) for n in range(3)]
    index = index_of(tmp_path / "index-one", *made, practice("other", title="Mobility of learners"))
    shelf = Shelf(tmp_path, lambda *_, **__: index)
    shelf.choose(index)
    asked = Query(text="teacher mobility", kinds=("practice",), sectors=("school", "adult"), themes=("recognition",))
    schema = build_schema()
    found = index.snapshot.searcher.search(bare.query_of(asked, schema, index.snapshot.searcher, ANALYSIS), 10)
    assert total(found) == len(made)
    measured = bare.measure(tmp_path, [asked] * 4, warming=1)
    assert len(measured.taken) == 4
    assert min(measured.taken) > 0
    assert measured.rate > 0
    shelf.close()


def test_queries_are_of_words_that_the_practices_have_until_they_are_mistyped() -> None:
    texts = [text_of(entry_of(one, said=1)).lower() for one in practices(SIZE)]
    words = {word for query in queries(SIZE) for word in query.text.lower().split()}
    known = {word for word in words if any(word in text for text in texts)}
    assert len(known) > 0.9 * len(words)
    for query in queries(SIZE):
        wrong = mistyped(query)
        assert sorted(wrong.text) == sorted(query.text)
        assert (wrong.kinds, wrong.sectors, wrong.themes) == (query.kinds, query.sectors, query.themes)
