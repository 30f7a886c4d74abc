"""Practices are found by what the files beside them say, after those that say it themselves."""

from __future__ import annotations

from pathlib import Path

from services.search.entry import entry_of
from services.search.saved.matching import Matcher
from tests.services.search.making import LABELS, ids, index_of, practice, search
from tests.services.search.test_matching import saved

_LONG = "The report tells of apprentices who learned the trade of thatching roofs in another country. " * 50


def test_a_practice_is_found_by_its_files_below_one_that_says_it_itself(tmp_path: Path) -> None:
    made = [
        practice("file", title="A report", attached=_LONG),
        practice(
            "text", title="Something else", context={"en": {"text": "Once there was thatching, among much else."}}
        ),
        *(practice(f"other-{n}", title="Teachers abroad") for n in range(20)),
    ]
    snapshot = index_of(tmp_path / "index", *made).snapshot
    assert ids(search(snapshot, "thatching")) == ["text", "file"]
    assert ids(search(snapshot, "thatched roof report"))[0] == "file"  # inflected, and one word only in the title


def test_each_file_is_stemmed_in_its_own_language(tmp_path: Path) -> None:
    german = "Die Auszubildenden arbeiteten in mehreren Betrieben und lernten dort die Sprache ihrer Gastgeber kennen."
    snapshot = index_of(tmp_path / "index", practice("file", attached=german), practice("other")).snapshot
    assert ids(search(snapshot, "Gastgeber Betrieben")) == ["file"]  # as written: no practice is in German
    both = index_of(tmp_path / "both", practice("file", attached=german), practice("de", language="de", title="Nichts"))
    assert ids(search(both.snapshot, "Betriebe Sprachen")) == ["file"]


def test_where_no_file_says_anything_nothing_changes(tmp_path: Path) -> None:
    snapshot = index_of(tmp_path / "index", practice("one", title="Thatching"), practice("other")).snapshot
    assert not snapshot.attached
    assert ids(search(snapshot, "thatching")) == ["one"]


def test_a_saved_search_is_answered_by_the_first_file_that_says_it(tmp_path: Path) -> None:
    snapshot = index_of(tmp_path / "index", practice("other")).snapshot
    new = entry_of(practice("file", attached=_LONG), said=1)
    wanted, other = saved("thatching roofs"), saved("thatching boats")
    assert Matcher(LABELS).match([new], [wanted, other], snapshot) == {"file": [wanted]}
