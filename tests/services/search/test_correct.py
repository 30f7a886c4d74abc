"""Did you mean: what is offered, and when nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.search.correct import Correction, Corrections
from services.search.find import Search
from services.search.index import Snapshot
from services.search.nearby import edits, near, starts, within
from tests.services.search.desk import Desk
from tests.services.search.making import ANALYSIS, LABELS, apply, ids, index_of, practice, remove, search, worded
from tests.thoroughness import examples_of

CORRECTIONS = Corrections(LABELS, ANALYSIS)
MADE = (
    practice(
        "zurich",
        title="Bäckerlehre in Zürich",
        language="de",
        actions=worded(de="Wir waren in Zürich. Die Anerkennung der Lernergebnisse ging schnell."),
        countries=["CH"],
    ),
    practice(
        "bees", title="Apprentices and bees", actions=worded(en="Apprentices keep bees; apprentices earn credits.")
    ),
    practice("credits", title="Credits for apprentices", actions=worded(en="The apprentices were glad.")),
    practice("greek", title="Κινητικότητα μαθητών", language="el"),
    practice("hostile", title="Teachers <b>abroad</b>", actions=worded(en="Our teachers & friends")),
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return index_of(tmp_path_factory.mktemp("correct") / "index", *MADE).snapshot


def meant(snapshot: Snapshot, text: str, **filters: tuple[str, ...]) -> Correction | None:
    return CORRECTIONS.find(Search(text=text, filters=filters), snapshot)


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("aprentices", "apprentices"),
        ("Apprentcies", "apprentices"),  # two neighbours swapped
        ("appprenttices", "apprentices"),  # two errors
        ("papprentises", "apprentices"),  # in the first letters too
        ("zurrich", "Zürich"),  # as people write it
        ("Zurihc", "Zürich"),
        ("anerkenung", "Anerkennung"),
        ("κινητκοτητα", "Κινητικότητα"),
        ("switzerlnad", "Switzerland"),  # a word of a label
        ("crdits aprentices", "credits apprentices"),
        ("crdits for the aprentices", "credits for the apprentices"),
        ('"aprentices keep"', '"apprentices keep"'),
        ("aprentices -Zürich", "apprentices -Zürich"),
    ],
)
def test_what_was_meant(snapshot: Snapshot, typed: str, corrected: str) -> None:
    found = meant(snapshot, typed)
    assert found is not None
    assert found.text == corrected


@pytest.mark.parametrize(
    "typed",
    [
        "apprentices",
        "apprentice credit",
        "zurich",
        "Zürich",
        "xylophones",
        "bes",
        "",
        "*",
        "学生",
        "-aprentices",
        "x" * 99,
    ],
)
def test_nothing_is_offered_for_what_is_known_or_like_nothing(snapshot: Snapshot, typed: str) -> None:
    assert meant(snapshot, typed) is None


def test_nothing_is_offered_that_finds_nothing(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index", *MADE)
    assert meant(index.snapshot, "zurrich", country=("PT",)) is None
    assert meant(index.snapshot, "zurrich", country=("CH",)) is not None
    assert meant(index.snapshot, "aprentices -apprentices") is None
    assert meant(apply(index, remove("zurich")), "zurrich") is None


def test_the_more_frequent_word_is_offered(tmp_path: Path) -> None:
    often = [practice(f"o{n}", title="casting") for n in range(5)]
    snapshot = index_of(tmp_path / "index", practice("once", title="cesting"), *often).snapshot
    assert (found := meant(snapshot, "costing"))
    assert found.text == "casting"


def test_a_word_published_once_may_be_an_error_too(tmp_path: Path) -> None:
    often = [practice(f"o{n}", title="recognition", themes=["digital"]) for n in range(1100)]
    snapshot = index_of(tmp_path / "index", practice("once", title="recogniton", themes=["digital"]), *often).snapshot
    assert (found := meant(snapshot, "recogniton"))
    assert found.text == "recognition"


def test_html_marks_what_was_replaced_and_escapes_the_rest(snapshot: Snapshot) -> None:
    assert (found := meant(snapshot, "<img> techers & aprentices"))
    assert found.html == "&lt;img&gt; <mark>teachers</mark> &amp; <mark>apprentices</mark>"
    assert found.text == "<img> teachers & apprentices"


@settings(deadline=None, max_examples=examples_of(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(
        st.sampled_from(["aprentices", "crdits", "bees", "zurrich", "-bees", '"techers"', "<a>", "Lernergebnise"]),
        max_size=9,
    ).map(" ".join)
    | st.text(max_size=60)
)
def test_whatever_is_offered_finds_more(snapshot: Snapshot, text: str) -> None:
    if found := meant(snapshot, text):
        assert ids(search(snapshot, found.text))
        assert found.text != text
        assert meant(snapshot, found.text) is None or found.text.count(" ")


@given(st.text("abc", min_size=3, max_size=6), st.text("abc", min_size=3, max_size=6))
def test_edits_are_what_is_one_error_away(word: str, other: str) -> None:
    assert (other in edits(word)) == (word != other and near(other, word, 1))
    assert within(word, 1)(other) == near(other, word, 1)
    assert all(len(start) == 2 for start in starts(word))


async def test_over_http(desk: Desk) -> None:
    await desk.reaches(await desk.publisher.publish_all(MADE))
    answer = await desk.get("/search", q="zurrich", lang="en")
    assert answer["did_you_mean"] == {"q": "Zürich", "html": "<mark>Zürich</mark>"}
    assert (await desk.get("/search", q="Zürich"))["did_you_mean"] is None
    assert (await desk.get("/search"))["did_you_mean"] is None
    first = await desk.get("/search", q="aprentices", limit=1)
    assert first["did_you_mean"]["q"] == "apprentices"
    assert (await desk.get("/search", q="aprentices", limit=1, cursor=first["next"]))["did_you_mean"] is None
