"""The most re-used first: what the most public practices name among their links."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from services.search.find import Sort
from shared.events.practices import PublicPractice
from tests.services.search.making import NOW, apply, ids, index_of, practice, put, remove, search

_PLACE = "http://127.0.0.1:8101/practices/"


def linking(id: str, *others: str, days: int = 0, version: int = 1) -> PublicPractice:  # noqa: A002
    links = [{"url": f"{_PLACE}{other}", "label": "What we built on"} for other in others]
    return practice(id, links=links, published=NOW + timedelta(days=days), version=version)


def test_what_most_practices_link_to_comes_first_then_the_newest(tmp_path: Path) -> None:
    made = [
        linking("old", days=0),
        linking("twice", days=1),
        linking("once", days=2),
        linking("one", "twice", "once/versions/2", days=3),
        linking("two", "twice#results", "twice", "two", days=4),
        practice("away", links=[{"url": "https://elsewhere.example/practices/old"}], published=NOW + timedelta(days=5)),
    ]
    index = index_of(tmp_path / "index", *made)
    ordered = ["twice", "once", "away", "two", "one", "old"]
    assert ids(search(index.snapshot, sort=Sort.MOST_REUSED)) == ordered
    assert ids(search(index.snapshot, "teachers", sort=Sort.MOST_REUSED)) == ordered
    for size in (1, 2, 3, 5):
        pages = [search(index.snapshot, sort=Sort.MOST_REUSED, offset=at, limit=size) for at in range(0, 6, size)]
        assert [one for page in pages for one in ids(page)] == ordered
        assert {page.total for page in pages} == {6}
    few = search(index.snapshot, sort=Sort.MOST_REUSED, filters={"year": ("1990",)})
    assert (few.total, ids(few)) == (0, [])

    snapshot = apply(index, remove("two"), put(linking("one", days=3, version=2)))
    assert ids(search(snapshot, sort=Sort.MOST_REUSED))[-3:] == ["once", "twice", "old"]
