"""Matching means what searching means: a new practice answers a saved search if, and only if, the search finds it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from services.search.entry import Entry, entry_of
from services.search.saved.alerts import soonest
from services.search.saved.matching import Matcher
from services.search.saved.recent import Recent
from services.search.saved.searches import Frequency, SavedSearch, save
from services.search.saved.standing import standing, standing_of
from services.search.saved.store import Place
from services.search.schema import read_shown
from tests.bench.practices import Practices
from tests.services.search.making import ANALYSIS, LABELS, NOW, ids, index_of, practice, put, remove, search, worded

LONG_AGO = NOW - timedelta(days=9000)


def saved(
    text: str = "",
    filters: Mapping[str, tuple[str, ...]] | None = None,
    *,
    person: str = "ana",
    frequency: Frequency = Frequency.AT_ONCE,
) -> SavedSearch:
    return save(
        person_id=person,
        name="It",
        text=text,
        filters=filters or {},
        language="",
        frequency=frequency,
        now=LONG_AGO,
    )


def test_every_search_matches_what_it_finds_and_nothing_else(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    rng, practices = random.Random(seed), Practices(seed, words=120)
    made = [practices.one(n) for n in range(60)]
    index = index_of(tmp_path / "index", *made)
    entries = [entry_of(one, said=1) for one in made]
    searches = [_search_for(rng, rng.choice(entries), practices) for _ in range(250)]
    matched = Matcher(LABELS).match(entries, searches, index.snapshot)
    answered = 0
    for one in searches:
        query = standing_of(one, index.snapshot, ANALYSIS).query
        hits = index.snapshot.searcher.search(query, 100).hits
        found = {read_shown(index.snapshot.searcher.doc(address))["id"] for _, address in hits}
        told = {practice_id for practice_id, those in matched.items() if one in those}
        assert told == found, (seed, one.text, one.filters)
        page = search(index.snapshot, one.text, filters=one.filters, limit=100)
        assert told <= set(ids(page)), (seed, one.text, one.filters)
        everywhere = standing(one.text, {}, index.snapshot, ANALYSIS).query
        loosened = page.doubtful or index.snapshot.searcher.search(everywhere, 3).count < 3  # type: ignore[attr-defined]
        if not loosened and len(one.text.split()) < 6:
            assert told == set(ids(page)), (seed, one.text, one.filters)
        answered += bool(told)
    assert answered > 50


def _search_for(rng: random.Random, entry: Entry, practices: Practices) -> SavedSearch:
    """A search of any shape, most of them answered by the entry."""
    words = " ".join(entry.titles.values()).split()
    some = rng.sample(words, min(len(words), rng.randint(1, 3)))
    begin = rng.randrange(max(1, len(words) - 1))
    text = rng.choice(
        [
            "",
            " ".join(some),
            f'"{" ".join(words[begin : begin + 2])}"',
            f"{some[0]} -{practices.two_words().split()[0]}",
            practices.two_words(),
            f"-{some[0]}",
            " ".join(words),
        ]
    )
    filters: dict[str, tuple[str, ...]] = {}
    if not text or rng.random() < 0.4:
        filters["theme"] = (rng.choice(entry.themes), "recognition")
    if rng.random() < 0.3:
        filters["country"] = (rng.choice(entry.countries),)
    if rng.random() < 0.2:
        filters["year"] = (str(entry.years[0]),)
    return saved(text, filters)


def test_neither_a_typing_error_nor_half_of_the_words_is_news(tmp_path: Path) -> None:
    made = practice("p", title="Apprentices in Porto")
    index = index_of(tmp_path / "index", made)
    entry = entry_of(made, said=1)
    matcher = Matcher(LABELS)
    for text, told in (("apprentices porto", True), ("aprentices porto", False), ("apprentices lisbon", False)):
        assert ids(search(index.snapshot, text)) == ["p"]  # who looks around is shown it all the same
        assert bool(matcher.match([entry], [saved(text)], index.snapshot)) is told


def test_words_of_any_language_and_labels_of_themes_match(tmp_path: Path) -> None:
    made = practice("p", titles=worded(de="Anerkennung von Lernergebnissen", el="Αναγνώριση"), themes=["recognition"])
    index = index_of(tmp_path / "index", made)
    for text in ("lernergebnis", "αναγνωριση", "reconnaissance", '"Anerkennung von Lernergebnissen"'):
        assert Matcher(LABELS).match([entry_of(made, said=1)], [saved(text)], index.snapshot), text


def test_the_first_practice_of_a_language_matches_before_the_index_has_it(tmp_path: Path) -> None:
    index, made = index_of(tmp_path / "index"), practice("p", title="Apprentices abroad")
    assert Matcher(LABELS).match([entry_of(made, said=1)], [saved("apprentice")], index.snapshot)


def test_what_was_published_before_it_was_saved_is_no_news(tmp_path: Path) -> None:
    made = practice("p", published=LONG_AGO)
    index = index_of(tmp_path / "index", made)
    assert not Matcher(LABELS).match([entry_of(made, said=1)], [saved("teachers")], index.snapshot)


def test_one_search_tells_a_person() -> None:
    daily, at_once = saved("a", frequency=Frequency.DAILY), saved("b")
    other = saved("c", person="ben", frequency=Frequency.DAILY)
    assert soonest([daily, at_once, other]) == {"ana": at_once, "ben": other}


def test_recent_steps_are_joined_and_a_gap_forgets() -> None:
    recent = Recent(most=3)
    places = [Place(stream="s", sequence=number) for number in range(10)]
    one, two, three = put(practice("1")), put(practice("2")), remove("3")
    recent.add(places[0], places[1], [one])
    recent.add(places[1], places[3], [two, three])
    joined = recent.since(places[0])
    assert joined
    assert (joined.changes, joined.after) == ((one, two, three), places[3])
    assert (recent.since(places[1]) or joined).changes == (two, three)
    assert recent.since(Place(stream="other", sequence=1)) is None
    recent.add(places[3], places[4], [one])
    assert recent.since(places[0]) is None  # it holds no more than it may
    recent.add(places[6], places[7], [two])
    assert recent.since(places[4]) is None
    assert (recent.since(places[6]) or joined).changes == (two,)
