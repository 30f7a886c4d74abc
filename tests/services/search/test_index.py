from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tantivy import Order

from services.search import index as index_module
from services.search.changes import Change
from services.search.index import IndexBroken, open_index
from services.search.schema import PLACE, Position, read_shown
from services.search.shelf import Shelf, ShelfTaken
from tests.services.search.making import LABELS, apply, ids, index_of, practice, put, remove, search
from tests.thoroughness import examples_of

OPEN = partial(open_index, labels=LABELS)


def test_an_index_is_taken_up_where_it_was_committed(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index", practice("one"))
    index.apply([], Position(stream="s", sequence=41, complete=True))
    index.close()
    again = OPEN(tmp_path / "index")
    assert again.snapshot.position == Position(stream="s", sequence=41, complete=True)
    assert ids(search(again.snapshot, "teachers")) == ["one"]
    assert again.snapshot.practices == 1


def test_a_revision_replaces_and_a_withdrawal_removes(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index", practice("one", title="Apprentices"))
    apply(index, put(practice("one", title="Trainees", version=2), said=2))
    assert ids(search(index.snapshot, "apprentices")) == []
    assert ids(search(index.snapshot, "trainees")) == ["one"]
    apply(index, remove("one", version=2, said=3))
    assert search(index.snapshot).total == index.snapshot.practices == 0
    assert search(index.snapshot).facets["theme"] == []


def test_each_practice_has_a_place_of_its_own_after_all_that_came_before(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index", practice("one"), practice("two"))
    apply(index, put(practice("three")), put(practice("one", version=2), said=2))
    searcher = index.snapshot.searcher
    found = searcher.search(index.snapshot.everything(), order_by_field=PLACE, order=Order.Asc)
    assert [read_shown(searcher.doc(address))["id"] for _, address in found.hits] == ["two", "three", "one"]
    assert len({place for place, _ in found.hits}) == 3


def test_an_older_version_never_overwrites_not_even_a_withdrawal(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index")
    apply(index, put(practice("one", title="Trainees", version=2), said=2))
    apply(index, put(practice("one", title="Apprentices", version=1), said=1))
    assert ids(search(index.snapshot, "trainees")) == ["one"]
    apply(index, remove("one", version=2, said=3))
    apply(index, put(practice("one", version=2), said=2))
    assert search(index.snapshot).total == 0
    apply(index, put(practice("one", version=3), said=4))
    assert search(index.snapshot).total == 1


CHANGES = st.builds(
    lambda kind, version, said: remove("one", version, said) if kind else put(practice("one", version=version), said),
    st.booleans(),
    st.integers(1, 3),
    st.integers(1, 4),
)


@settings(deadline=None, max_examples=examples_of(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, max_size=6, unique_by=lambda change: change.order), cut=st.integers(0, 6))
def test_the_latest_wins_in_any_order_and_batching(
    tmp_path_factory: pytest.TempPathFactory, changes: list[Change], cut: int
) -> None:
    index = index_of(tmp_path_factory.mktemp("order") / "index")
    for batch in (changes[:cut], changes[cut:], changes):
        apply(index, *batch)
    latest = max(changes, key=lambda change: change.order, default=None)
    there = latest is not None and latest.__class__.__name__ == "Put"
    assert index.snapshot.practices == int(there)
    if latest and there:
        assert search(index.snapshot).hits[0].shown["version"] == latest.order[0]


def test_a_snapshot_does_not_change(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index", practice("one"))
    before = index.snapshot
    apply(index, put(practice("two")), remove("one"))
    assert ids(search(before)) == ["one"]
    assert ids(search(index.snapshot)) == ["two"]
    assert before.generation != index.snapshot.generation


def test_another_schema_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index_of(tmp_path / "index", practice()).close()
    monkeypatch.setattr(index_module, "FINGERPRINT", "of tomorrow")
    with pytest.raises(IndexBroken, match="schema"):
        OPEN(tmp_path / "index")


@pytest.mark.parametrize("damage", ["truncated", "emptied", "overwritten", "removed"])
def test_damage_is_told_and_never_a_crash(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "index"
    index_of(folder, *(practice(f"p{n}") for n in range(20))).close()
    told = 0
    for file in sorted(folder.iterdir()):
        if file.suffix == ".lock" or file.name in {".managed.json", ".tantivy-meta.lock", ".tantivy-writer.lock"}:
            continue
        copy = tmp_path / f"damaged-{damage}-{file.name}"
        shutil.copytree(folder, copy)
        _harm(copy / file.name, damage)
        try:
            index = OPEN(copy)
            index.probe()
            search(index.snapshot, "teachers abroad")
        except IndexBroken:
            told += 1
    assert told > 0


def _harm(file: Path, damage: str) -> None:
    content = file.read_bytes()
    if damage == "truncated":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "emptied":
        file.write_bytes(b"")
    elif damage == "overwritten":
        file.write_bytes(bytes(byte ^ 0xFF for byte in content))
    else:
        file.unlink()


def test_a_folder_that_vanishes_is_noticed_and_the_snapshot_still_serves(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index", practice("one"))
    assert index.intact()
    shutil.rmtree(tmp_path / "index")
    assert not index.intact()
    assert ids(search(index.snapshot, "teachers")) == ["one"]
    with pytest.raises(IndexBroken):
        apply(index, put(practice("two")))


def test_a_shelf_gives_back_the_index_that_was_chosen(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", OPEN)
    with pytest.raises(IndexBroken, match="no index yet"):
        shelf.current()
    old, new = shelf.new(), shelf.new()
    for index in (old, new):
        apply(index, put(practice()))
    shelf.choose(old)
    shelf.choose(new)
    shelf.clear(new)
    assert set(shelf.root.glob("index-*")) == {new.folder}
    new.close()
    assert shelf.current().folder == new.folder
    shelf.close()


def test_a_shelf_is_of_one_process(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", OPEN)
    with pytest.raises(ShelfTaken, match="INDEX_DIR"):
        Shelf(tmp_path / "shelf", OPEN)
    shelf.close()
    Shelf(tmp_path / "shelf", OPEN).close()


@pytest.mark.parametrize("written", ["", "../elsewhere", "index-gone", "\x00", "\udcff"])
def test_a_strange_pointer_is_a_broken_index(tmp_path: Path, written: str) -> None:
    shelf = Shelf(tmp_path / "shelf", OPEN)
    (shelf.root / "CURRENT").write_bytes(written.encode("utf-8", "surrogateescape"))
    with pytest.raises(IndexBroken):
        shelf.current()
    shelf.close()
