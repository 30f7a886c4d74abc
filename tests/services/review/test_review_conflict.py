"""Conflict of interest is found, and where too little is known it is assumed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.domain.conflict import ConflictReason, Parties, Person, conflicts, key, keys
from services.review.domain.reviewer import Reviewer
from services.review.migrations import MIGRATIONS
from shared.store.migrate import migrate
from shared.telemetry.logs import configure
from tests.services.review.desk import Desk

NOBODY: frozenset[str] = frozenset()
PARTIES = Parties(
    authors=frozenset({"author-1", "author-2"}),
    author_names=keys(["Zoë Ångström"]),
    lead=keys(["uni-gent", "Universiteit Gent"]),
    partners=keys(["Haute École d'Exemple", "cedefop"]),
    co_authors=frozenset({"author-1", "author-2", "co-author"}),
)


def person(person_id: str = "p", *organisations: str, name: str = "Some One") -> Person:
    return Person(person_id=person_id, name=name, organisations=keys(organisations))


@pytest.mark.parametrize(
    ("somebody", "expected"),
    [
        (person("p", "elsewhere"), set()),
        (person("p"), {ConflictReason.UNKNOWN}),
        (person("author-2", "elsewhere"), {ConflictReason.AUTHOR}),
        (person("p", "elsewhere", name="ZOE ANGSTROM"), {ConflictReason.AUTHOR}),
        (person("p", "uni-gent"), {ConflictReason.SAME_ORGANISATION}),
        (person("p", "UNIVERSITEIT  GENT"), {ConflictReason.SAME_ORGANISATION}),
        (person("p", "haute-ecole-d-exemple"), {ConflictReason.PARTNER_ORGANISATION}),
        (person("co-author", "elsewhere"), {ConflictReason.CO_AUTHOR}),
    ],
)
def test_each_reason_is_found(somebody: Person, expected: set[ConflictReason]) -> None:
    assert conflicts(somebody, PARTIES, NOBODY) == expected


def test_a_declared_conflict_counts() -> None:
    assert conflicts(person("p", "elsewhere"), PARTIES, frozenset({"p"})) == {ConflictReason.DECLARED}


@pytest.mark.parametrize(
    "parties",
    [
        Parties(authors=NOBODY, lead=frozenset({"x"})),
        Parties(authors=frozenset({"a"}), lead=NOBODY),
    ],
)
def test_a_case_that_says_too_little_conflicts_with_everybody(parties: Parties) -> None:
    assert ConflictReason.UNKNOWN in conflicts(person("p", "elsewhere"), parties, NOBODY)


@pytest.mark.parametrize(
    ("written", "also"),
    [
        ("Uniwersytet Łódzki", "uniwersytet-lodzki"),
        ("Københavns Professionshøjskole", "KOBENHAVNS PROFESSIONSHOJSKOLE"),
        ("IŞIK ÜNİVERSİTESİ", "Işık Üniversitesi"),
        ("Sveučilište u Đakovu", "sveuciliste-u-dakovu"),
        ("Háskóli Þórs og Æsu", "haskoli-thors-og-aesu"),
        ("Institut de l\u02bcŒuvre", "institut-de-l-oeuvre"),
        ("So\u200buth School", "South School"),  # which nobody who reads it would notice
        ("So\u00aduth Sch\u2060ool\ufe0f", "South School"),
        ("\u200eSouth School\u3164", "South School"),
    ],
)
def test_an_organisation_is_the_same_however_it_is_written(written: str, also: str) -> None:
    parties = Parties(authors=frozenset({"a"}), lead=keys(["North School"]), partners=keys([written]))
    assert conflicts(person("p", also), parties, NOBODY) == {ConflictReason.PARTNER_ORGANISATION}


async def test_keys_that_the_release_before_wrote_are_folded_when_it_starts(desk: Desk) -> None:
    case_id = await desk.opened(organisation_names=("Uniwersytet Łódzki",))
    old = {"partners": ["uniwersytet-łodzki"], "organisations": ["north-school", "uniwersytet-łodzki"]}
    await desk.store.db["cases"].update_one({"_id": case_id}, {"$set": old})
    await migrate(desk.store, MIGRATIONS, configure("review", level="ERROR"))
    desk.organisations["rita"] = "Uniwersytet Lodzki"
    await desk.refused(404, "GET", f"/cases/{case_id}", "rita")
    assert (await desk.ok("GET", "/cases", "rita"))["items"] == []


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert key(key(text)) == key(text)


@given(ids=st.sets(st.sampled_from("abcd")), orgs=st.sets(st.sampled_from("xyz")), lead=st.sampled_from("xyz"))
def test_no_conflict_only_where_nothing_is_shared_and_all_is_known(ids: set[str], orgs: set[str], lead: str) -> None:
    parties = Parties(authors=frozenset(ids), lead=frozenset(lead))
    somebody = Person(person_id="a", organisations=frozenset(orgs))
    free = bool(ids) and bool(orgs) and "a" not in ids and lead not in orgs
    assert (not conflicts(somebody, parties, NOBODY)) == free


MEMORY = timedelta(days=730)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_an_organisation_one_left_counts_until_its_time_is_over() -> None:
    moved = Reviewer(
        person_id="p",
        organisation="new",
        organisations={"old": NOW - timedelta(days=700), "older": NOW - timedelta(days=800), "new": NOW},
        affiliations=("Réseau X",),
    )
    assert moved.as_person(now=NOW, memory=MEMORY).organisations == {"old", "new", "reseau-x"}


def test_who_signs_in_without_an_organisation_conflicts_with_everything() -> None:
    left = Reviewer(person_id="p", organisations={"old": NOW}, affiliations=("Elsewhere",))
    assert left.as_person(now=NOW, memory=MEMORY).organisations == NOBODY


def test_a_sign_in_that_tells_nothing_new_changes_nothing() -> None:
    first = Reviewer(person_id="p").signed_in(name="P", reviews=True, organisation="org", now=NOW)
    hour, day = NOW + timedelta(hours=1), NOW + timedelta(days=1)
    assert first.signed_in(name="P", reviews=True, organisation="org", now=hour) is first
    assert first.signed_in(name="P", reviews=True, organisation="org", now=day).organisations == {"org": day}
    moved = first.signed_in(name="P", reviews=True, organisation="other", now=hour)
    assert moved.organisations == {"org": NOW, "other": hour}
    assert moved.signed_in(name="P", reviews=True, organisation=None, now=hour).organisation is None
