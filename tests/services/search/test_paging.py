from __future__ import annotations

from pathlib import Path

import pytest

from services.search.find import Search, Sort, find
from services.search.paging import KEPT_SECONDS, Kept, cursor_of, place_of, placed
from shared.errors import Invalid
from tests.services.search.making import ANALYSIS, apply, ids, index_of, practice, put, remove


def pages(folder: Path, *, most: int) -> tuple[list[str], set[str]]:
    """Page through everything while practices are published and withdrawn; return what came and what was there."""
    index = index_of(folder / "index", *(practice(f"p{n:02}", title=f"Teachers abroad {n}") for n in range(25)))
    there = {f"p{n:02}" for n in range(25)}
    kept, came, cursor = Kept(most), [], None
    for number in range(20):
        search = Search(text="teachers", filters={}, limit=4)
        snapshot = index.snapshot
        if cursor:
            place = place_of(cursor, search)
            snapshot = kept.get(place.generation) or snapshot
            search = placed(search, place, kept=kept.get(place.generation) is not None)
        found = find(search, snapshot, ANALYSIS)
        came += ids(found)
        cursor = cursor_of(search, snapshot, found)
        if cursor is None:
            break
        kept.keep(snapshot, index.snapshot)
        apply(index, put(practice(f"new{number}", title="Teachers abroad")), remove(f"p{number:02}"))
    return came, there


def test_while_its_snapshot_is_kept_nothing_comes_twice_and_nothing_is_left_out(tmp_path: Path) -> None:
    came, there = pages(tmp_path, most=16)
    assert len(came) == len(set(came)) == len(there)
    assert set(came) == there


def test_when_it_is_gone_the_next_page_follows_the_last_practice(tmp_path: Path) -> None:
    came, _ = pages(tmp_path, most=0)
    assert len(came) == len(set(came)) >= 20


def test_only_the_latest_snapshots_are_kept(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index")
    kept = Kept(2)
    snapshots = [apply(index, put(practice(f"p{n}"))) for n in range(3)]
    for snapshot in snapshots:
        kept.keep(snapshot, snapshot)
    assert [kept.get(snapshot.generation) is snapshot for snapshot in snapshots] == [False, True, True]


def test_what_was_taken_down_is_found_on_an_earlier_snapshot_for_a_while_only(tmp_path: Path) -> None:
    index, now = index_of(tmp_path / "index", *(practice(f"p{n}") for n in range(5))), [0.0]
    kept, before = Kept(clock=lambda: now[0]), index.snapshot
    kept.keep(before, index.snapshot)
    apply(index, remove("p3"))
    for now[0] in (0.0, KEPT_SECONDS / 2, KEPT_SECONDS - 1):
        assert kept.get(before.generation) is before
        kept.keep(before, index.snapshot)  # going on with it does not make it last longer
    now[0] = KEPT_SECONDS
    assert kept.get(before.generation) is None


def test_a_cursor_of_another_search_is_refused(tmp_path: Path) -> None:
    snapshot = index_of(tmp_path / "index", *(practice(f"p{n}") for n in range(5))).snapshot
    search = Search(text="teachers", filters={"theme": ("staff-mobility", "digital")}, limit=2)
    cursor = cursor_of(search, snapshot, find(search, snapshot, ANALYSIS))
    assert cursor
    assert place_of(cursor, Search(text="teachers", filters={"theme": ("digital", "staff-mobility")})).offset == 2
    for other in (
        Search(text="abroad", filters=search.filters),
        Search(text="teachers", filters={}),
        Search(text="teachers", filters=search.filters, sort=Sort.NEWEST),
    ):
        with pytest.raises(Invalid):
            place_of(cursor, other)
