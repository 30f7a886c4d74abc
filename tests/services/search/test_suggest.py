from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.search.index import Snapshot
from services.search.suggest import Suggestions
from tests.services.search.making import ANALYSIS, LABELS, apply, index_of, practice, remove, worded
from tests.thoroughness import examples_of

SUGGESTIONS = Suggestions(LABELS, ANALYSIS)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("suggest") / "index"
    return index_of(
        folder,
        practice("a", titles=worded(en="Recipes for recognition", fr="Recettes de reconnaissance")),
        practice("c", title="Germany", countries=["DE"], themes=["recognition"], sectors=["vet"]),
        practice(
            "z", title="Ein Jahr in Zürich", language="de", lead_organisation={"id": "ecole", "name": "École d’Évian"}
        ),
        practice("b", title="Receiving apprentices", lead_organisation={"id": "recife", "name": "Liga de Recife"}),
    ).snapshot


def texts(snapshot: Snapshot, typed: str, language: str = "", limit: int = 10) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in SUGGESTIONS.find(typed, snapshot, language=language, limit=limit)]


def test_what_begins_so_is_offered(snapshot: Snapshot) -> None:
    found = texts(snapshot, "rec")
    assert ("title", "Receiving apprentices") in found
    assert ("title", "Recipes for recognition") in found
    assert ("organisation", "Liga de Recife") in found
    assert any(kind == "theme" and "ecognition" in text for kind, text in found)


def test_every_word_begins_one(snapshot: Snapshot) -> None:
    assert texts(snapshot, "liga rec") == [("organisation", "Liga de Recife")]
    assert texts(snapshot, "liga xyz") == []


@pytest.mark.parametrize("typed", ["zurich", "Zür", "ZÜR", "jahr zu", "in ein zur"])
def test_accents_case_and_place_do_not_count(snapshot: Snapshot, typed: str) -> None:
    assert ("title", "Ein Jahr in Zürich") in texts(snapshot, typed)


def test_organisations_and_places_without_accents(snapshot: Snapshot) -> None:
    assert texts(snapshot, "evi") == [("organisation", "École d’Évian")]
    assert texts(snapshot, "ecole ev") == [("organisation", "École d’Évian")]
    assert ("region", "Europe de l’Ouest") in texts(snapshot, "ouest", "fr")
    assert texts(snapshot, "oceania") == []


def test_what_begins_so_stands_above_what_has_it_further_on(tmp_path: Path) -> None:
    made = [practice(f"p{n}", title=f"The sailing of boat {n}") for n in range(12)]
    snapshot = index_of(tmp_path / "index", *made, practice("first", title="Sailing")).snapshot
    assert texts(snapshot, "sail")[0] == ("title", "Sailing")


def test_titles_do_not_drown_organisations(tmp_path: Path) -> None:
    made = [practice(f"p{n}", title=f"Harbour {n}") for n in range(60)]
    school = practice("school", lead_organisation={"id": "h", "name": "Harbour School"})
    snapshot = index_of(tmp_path / "index", *made, school).snapshot
    assert ("organisation", "Harbour School") in texts(snapshot, "harb")


def test_in_the_readers_language(snapshot: Snapshot) -> None:
    assert texts(snapshot, "recon", "fr")[-1] == ("title", "Recettes de reconnaissance")
    assert ("country", "Allemagne") in texts(snapshot, "allem", "fr-BE")
    assert ("country", "Germany") in texts(snapshot, "german", "xx")


@pytest.mark.parametrize("typed", ["kit", "k", "adult", "digital", "inclus"])
def test_what_no_practice_has_is_not_offered(snapshot: Snapshot, typed: str) -> None:
    assert texts(snapshot, typed, "en") == []


def test_what_only_a_withdrawn_practice_had_is_offered_no_longer(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index", practice("a"), practice("gone", countries=["KN"]))
    assert ("country", "St. Kitts & Nevis") in texts(index.snapshot, "kit", "en")
    assert texts(apply(index, remove("gone")), "kit", "en") == []


def test_no_more_than_asked_and_nothing_for_nothing(snapshot: Snapshot) -> None:
    assert len(texts(snapshot, "r", limit=2)) == 2
    assert texts(snapshot, " \x00 ") == []


@settings(deadline=None, max_examples=examples_of(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=80))
def test_any_text_is_answered(snapshot: Snapshot, typed: str) -> None:
    assert len(texts(snapshot, typed)) <= 10
