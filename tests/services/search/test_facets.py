from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.search.index import Snapshot
from services.search.schema import FACETS
from shared.events.practices import PublicPractice
from tests.services.search.making import apply, index_of, practice, put, search
from tests.thoroughness import examples_of

THEMES = ("recognition", "digital", "inclusion")
COUNTRIES = ("PT", "FI")
SECTORS = ("vet", "school")

MADE = tuple(
    practice(
        f"p{n}",
        title="mobility" if n % 3 else "exchange",
        themes=[THEMES[n % 3], THEMES[n % 2]],
        countries=[COUNTRIES[n % 2]],
        sectors=[SECTORS[n // 6]],
        lead_organisation={"id": f"org{n % 4}", "name": f"Organisation {n % 4}"},
    )
    for n in range(12)
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return index_of(tmp_path_factory.mktemp("facets") / "index", *MADE).snapshot


def _has(made: PublicPractice, facet: str, codes: tuple[str, ...]) -> bool:
    own = {"theme": made.content["themes"], "country": made.content["countries"], "sector": made.content["sectors"]}
    return not codes or bool({*own[facet]} & {*codes})


def _subsets(codes: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(codes), unique=True).map(tuple)


@settings(deadline=None, max_examples=examples_of(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.sampled_from(("", "mobility", "exchange")),
    chosen=st.fixed_dictionaries(
        {"theme": _subsets(THEMES), "country": _subsets(COUNTRIES), "sector": _subsets(SECTORS)}
    ),
)
def test_counts_are_those_under_the_other_filters(
    snapshot: Snapshot, text: str, chosen: dict[str, tuple[str, ...]]
) -> None:
    found = search(snapshot, text, filters=chosen)
    matching = [made for made in MADE if not text or made.content["title"]["en"]["text"] == text]
    expected = [made for made in matching if all(_has(made, facet, codes) for facet, codes in chosen.items())]
    assert found.total == len(expected)
    for facet, own in chosen.items():
        others = {name: codes for name, codes in chosen.items() if name != facet}
        left = [made for made in matching if all(_has(made, name, codes) for name, codes in others.items())]
        for count in found.facets[facet]:
            assert count.practices == sum(_has(made, facet, (count.code,)) for made in left)
            assert count.chosen == (count.code in own)


def test_every_facet_is_counted(snapshot: Snapshot) -> None:
    facets = search(snapshot).facets
    assert set(facets) == set(FACETS)
    assert {count.code: count.practices for count in facets["year"]} == {"2023": 12, "2024": 12}
    assert {count.code for count in facets["organisation"]} == {"org0", "org1", "org2", "org3"}
    assert [(count.code, count.practices) for count in facets["language"]] == [("en", 12)]


def test_a_country_counts_in_its_regions(snapshot: Snapshot) -> None:
    regions = {
        count.code: count.practices for count in search(snapshot, filters={"theme": ("digital",)}).facets["region"]
    }
    half = sum(1 for made in MADE if "digital" in made.content["themes"] and made.content["countries"] == ["PT"])
    whole = sum(1 for made in MADE if "digital" in made.content["themes"])
    assert regions == {"150": whole, "039": half, "154": whole - half}


def test_a_region_narrows_and_its_counts_ignore_it(snapshot: Snapshot) -> None:
    found = search(snapshot, filters={"region": ("039",)})
    assert found.total == 6
    assert {count.code: (count.practices, count.chosen) for count in found.facets["region"]} == {
        "150": (12, False),
        "039": (6, True),
        "154": (6, False),
    }
    assert [count.code for count in found.facets["country"]] == ["PT"]
    assert search(snapshot, filters={"region": ("150", "154"), "country": ("FI",)}).total == 6
    assert search(snapshot, filters={"region": ("009",)}).total == 0


def test_counts_alone(snapshot: Snapshot) -> None:
    for text in ("", "mobility", "xylophone"):
        alone, whole = search(snapshot, text, limit=0), search(snapshot, text)
        assert (alone.hits, alone.total, alone.facets) == ((), whole.total, whole.facets)


def test_a_chosen_value_that_nobody_has_stays_to_be_unchosen(snapshot: Snapshot) -> None:
    found = search(snapshot, filters={"country": ("IS",), "year": ("1999",)})
    assert found.total == 0
    assert ("IS", 0, True) in [(count.code, count.practices, count.chosen) for count in found.facets["country"]]


def test_counts_stay_true_over_many_segments(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index")
    for n, made in enumerate(MADE):
        apply(index, put(made.model_copy(update={"version": 1 + n})))
    assert sum(count.practices for count in search(index.snapshot).facets["organisation"]) == len(MADE)
