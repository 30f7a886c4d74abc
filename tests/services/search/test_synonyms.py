"""Words that mean the same, and the language of a query."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.search import synonyms
from services.search.analysis import stemmer_of
from services.search.index import Snapshot
from services.search.stemming import UNSTEMMED
from tests.services.search.making import ANALYSIS, ids, index_of, practice, search, worded

MADE = (
    practice("vet", title="A year of vocational education and training abroad", themes=["curricula"]),
    practice("acronym", title="VET schools and their partners", themes=["curricula"]),
    practice("education", title="Education of adults", actions=worded(en="and training"), themes=["digital"]),
    practice("bildung", title="Berufsbildung im Ausland", language="de", themes=["digital"]),
    practice("english", title="Partners abroad: die Mobilität", themes=["digital"]),
    practice("german", title="Partner im Ausland: die Mobilität", language="de", themes=["digital"]),
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return index_of(tmp_path_factory.mktemp("synonyms") / "index", *MADE).snapshot


def test_an_acronym_finds_what_it_stands_for_and_the_other_way_round(snapshot: Snapshot) -> None:
    found = ids(search(snapshot, "VET"))
    assert found[:2] == ["acronym", "vet"]
    assert "education" not in found
    assert {"vet", "acronym"} <= set(ids(search(snapshot, "vocational education and training")))


def test_what_is_typed_stands_before_its_synonyms(snapshot: Snapshot) -> None:
    assert ids(search(snapshot, "vocational education training"))[0] == "vet"


def test_a_synonym_is_marked(snapshot: Snapshot) -> None:
    hits = {hit.shown["id"]: hit.excerpt.title_html for hit in search(snapshot, "VET").hits}
    assert hits["vet"] == "A year of <mark>vocational</mark> <mark>education</mark> and <mark>training</mark> abroad"


def test_the_language_of_the_query_is_told_and_comes_first(snapshot: Snapshot) -> None:
    found = search(snapshot, "die Mobilität der Partner")
    assert found.language == "de"
    assert ids(found)[0] == "german"
    assert search(snapshot, "κινητικότητα εκπαιδευτικών").language == ""  # nothing is in Greek here


def test_every_expression_of_the_file_is_read_and_leads_to_another() -> None:
    groups = json.loads(Path(synonyms.__file__).with_name("synonyms.json").read_text("utf-8"))
    for language, alike in groups.items():
        assert stemmer_of(language) != UNSTEMMED
        for group in alike:
            assert len(group) > 1
            for expression in group:
                found = ANALYSIS.synonyms.find(ANALYSIS.split(expression), language)
                assert any(meant.otherwise for meant in found), expression
