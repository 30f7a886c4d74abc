"""What is found, and in which order."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain
from pathlib import Path
from threading import current_thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tantivy import Occur, Query

from services.search.compose import compose
from services.search.find import Search, Sort, find
from services.search.index import IndexBroken, Snapshot
from services.search.query import LONGEST_QUERY, understand
from tests.services.search.making import ANALYSIS, NOW, ids, index_of, practice, search, worded
from tests.thoroughness import examples_of

MADE = (
    practice(
        "staff",
        title="Staff mobility for school teachers",
        summary=worded(en="How teachers spend two weeks abroad & come back <changed>"),
        actions=worded(en="We sent forty teachers to partner schools."),
        published=NOW,
    ),
    practice(
        "learner",
        title="Learners abroad",
        actions=worded(en="The staff prepared the mobility of learners for months."),
        themes=["learner-mobility"],
        countries=["FI"],
        published=NOW + timedelta(days=1),
    ),
    practice(
        "german",
        title="Anerkennung von Lernergebnissen",
        language="de",
        actions=worded(de="Lehrkräfteaustausch mit Betrieben, Schüler in Praktika"),
        themes=["recognition"],
        countries=["DE"],
        lead_organisation={"name": "Berufskolleg Süd"},
        published=NOW + timedelta(days=2),
    ),
    practice("greek", title="Κινητικότητα εκπαιδευτικών", language="el", themes=["digital"], countries=["GR"]),
    practice("chinese", title="学生流动与学分互认", language="zh", themes=["partnerships"], countries=["CN"]),
    practice("hindi", title="छात्रों की अंतर्राष्ट्रीय गतिशीलता", language="hi", themes=["curricula"], countries=["IN"]),
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return index_of(tmp_path_factory.mktemp("find") / "index", *MADE).snapshot


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("teacher", ["staff"]),
        ("STAFF mobility", ["staff", "learner"]),
        ("Lernergebnis", ["german"]),
        ("κινητικοτητα", ["greek"]),
        ("ΚΙΝΗΤΙΚΌΤΗΤΑ", ["greek"]),
        ("学生流动", ["chinese"]),
        ("流动", ["chinese"]),
        ("गतिशीलता", ["hindi"]),
        ("Berufskolleg", ["german"]),
        ("Finland", ["learner"]),
        ("Finlande", ["learner"]),
        ('"forty teachers"', ["staff"]),
        ('"teachers forty"', []),
        ("mobility -learners", ["staff"]),
        ("abroad -weeks", ["learner"]),
        ('abroad -"two weeks"', ["learner"]),
        ("xylophone", []),
    ],
)
def test_found(snapshot: Snapshot, text: str, found: list[str]) -> None:
    assert ids(search(snapshot, text))[: len(found) or 1] == found


def test_labels_of_themes_find_across_languages(snapshot: Snapshot) -> None:
    for word in ("recognition", "reconnaissance", "Anerkennung", "reconocimiento"):
        assert "german" in ids(search(snapshot, word))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("techers", "staff"),
        ("taechers", "staff"),
        ("Anerkenung", "german"),
        ("partnr", "staff"),
        ("Lehrkräfteaustausche", "german"),
        ("κινητκότητα", "greek"),
    ],
)
def test_a_typing_error_still_finds(snapshot: Snapshot, typed: str, meant: str) -> None:
    assert meant in ids(search(snapshot, typed))


def test_what_is_typed_right_is_not_drowned_by_what_is_near(tmp_path: Path) -> None:
    near = [practice(f"near{n}", title="Sailing Sailing", actions=worded(en="Sailing ships sail")) for n in range(20)]
    exact = practice("exact", title="A place", actions=worded(en="far away there is some railing"))
    snapshot = index_of(tmp_path / "index", *near, exact).snapshot
    assert ids(search(snapshot, "railing"))[0] == "exact"
    assert ids(search(snapshot, "sailing", limit=30)).count("exact") == 0


def test_the_title_counts_more_than_the_text(tmp_path: Path) -> None:
    text = practice("text", title="Something else", actions=worded(en="apprentices " + "many other words " * 5))
    title = practice("title", title="Apprentices", actions=worded(en="many other words " * 5))
    assert ids(search(index_of(tmp_path / "index", text, title).snapshot, "apprentices")) == ["title", "text"]


def test_short_queries_want_every_word_and_then_say_that_they_gave_in(snapshot: Snapshot) -> None:
    found = search(snapshot, "staff mobility xylophone")
    assert found.partial
    assert set(ids(found)) >= {"staff", "learner"}
    assert not search(snapshot, "abroad").partial


def test_a_question_in_plain_language_needs_any_of_its_words(snapshot: Snapshot) -> None:
    found = search(snapshot, "how do the teachers of a school spend two weeks in another country")
    assert ids(found)[0] == "staff"


@pytest.mark.parametrize(
    ("question", "found", "partial"),
    [
        ('Which teachers spent "two weeks" in another country?', ["staff"], False),
        ('Which schools sent their "teachers forty" to partners?', ["staff"], True),
        ('Did somebody spend "two weeks" on a -teachers journey?', [], False),
    ],
)
def test_a_question_finds_its_words_where_what_it_quotes_is_nowhere(
    snapshot: Snapshot, question: str, found: list[str], *, partial: bool
) -> None:
    answer = search(snapshot, question)
    assert (ids(answer)[:1], answer.partial) == (found, partial)


def test_without_words_everything_is_there_newest_first(snapshot: Snapshot) -> None:
    found = search(snapshot)
    assert found.total == len(MADE)
    assert ids(found)[:2] == ["german", "learner"]
    assert all(hit.score is None for hit in found.hits)


@pytest.mark.parametrize("text", ["*", "🚂", "\u202e", '""', "-", "?!", "a" * LONGEST_QUERY])
def test_characters_without_a_word_find_nothing(snapshot: Snapshot, text: str) -> None:
    found = search(snapshot, text)
    assert (found.total, found.hits) == (0, ())
    assert not any(found.facets.values())
    assert search(snapshot, "  ").total == len(MADE)


def test_facets_may_be_counted_meanwhile_by_other_threads(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Search(text="mobility", filters={"theme": ("learner-mobility",), "country": ("FI", "PT")})
    with ThreadPoolExecutor(1, thread_name_prefix="counting") as counting:
        assert find(wanted, snapshot, ANALYSIS, counting=counting) == find(wanted, snapshot, ANALYSIS)

        def fails(*_: object) -> None:
            raise ValueError(current_thread().name)

        monkeypatch.setattr("services.search.find.count_facets", fails)
        with pytest.raises(IndexBroken, match="counting"):  # what fails there is told as what fails here
            find(wanted, snapshot, ANALYSIS, counting=counting)


@pytest.mark.parametrize("text", ["mobility staff", "school teachers and learners abroad " * 12])
def test_4_grams_count_alike_however_many_there_are(snapshot: Snapshot, text: str) -> None:
    plan = compose(understand(text, ANALYSIS), snapshot, ANALYSIS)
    counts = Counter(round(score, 3) for score, _ in snapshot.searcher.search(plan.alike(snapshot.everything())).hits)
    within = Query.const_score_query(snapshot.everything(), 0.0)
    side_by_side = Query.boolean_query([(Occur.Must, within), *plan.grams])
    assert counts == Counter(round(score, 3) for score, _ in snapshot.searcher.search(side_by_side).hits)
    assert len(counts) > 1


def test_sorted_by_date(snapshot: Snapshot) -> None:
    assert ids(search(snapshot, "mobility staff", sort=Sort.NEWEST))[0] == "learner"


def test_pages(snapshot: Snapshot) -> None:
    pages = [ids(search(snapshot, limit=2, offset=offset)) for offset in (0, 2, 4, 6)]
    assert sorted(chain(*pages)) == sorted(made.id for made in MADE)
    assert pages[-1] == []


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    snapshot = index_of(tmp_path / "index").snapshot
    for text in ("", "school", '"a b"', "-a"):
        assert search(snapshot, text).total == 0


@settings(deadline=None, max_examples=examples_of(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200) | st.text(alphabet='"-*~^:()[]\\ aß学\u0301\x00', max_size=200))
def test_any_text_is_answered(snapshot: Snapshot, text: str) -> None:
    found = search(snapshot, text, filters={"theme": ("recognition",), "year": ("2023",)})
    assert found.total >= len(found.hits)


@pytest.mark.parametrize(
    "text", ["a" * LONGEST_QUERY, "ab " * 700, '"' * LONGEST_QUERY, "学" * LONGEST_QUERY, "é" * 60]
)
def test_long_queries_are_answered(snapshot: Snapshot, text: str) -> None:
    search(snapshot, text)
