"""Who filters hears what concerns the practices they keep, and of one that leaves them."""

import pytest

from services.syndication.domain.filters import Filter, short
from services.syndication.domain.published import State, published
from shared.events.practices import PracticePublished, PracticeRevised, PracticeWithdrawn, PublicPractice
from tests.services.syndication.saying import NOW, practice, said

ONE = practice("p1", countries=["FI", "PT"], title={"pt-BR": {"text": "Semanas"}})


def wanted(filter_: Filter, one: PublicPractice = ONE) -> bool:
    event = published(said(PracticePublished(practice=one), one.id))
    return filter_.fits(event.type, event.found_under)


@pytest.mark.parametrize(
    ("filter_", "fits"),
    [
        (Filter(), True),
        (Filter(types=frozenset({"practice.published"})), True),
        (Filter(types=frozenset({"practice.withdrawn"})), False),
        (Filter(kinds=frozenset({"practice"})), True),
        (Filter(kinds=frozenset({"lesson_learned"})), False),
        (Filter(countries=frozenset({"PT", "DE"})), True),
        (Filter(countries=frozenset({"DE"})), False),
        (Filter(languages=frozenset({"pt"})), True),
        (Filter(languages=frozenset({"pt-BR"})), True),
        (Filter(languages=frozenset({"pt-PT"})), False),
        (Filter(organisations=frozenset({"evening-school-of-turku"})), True),
        (Filter(countries=frozenset({"PT"}), themes=frozenset({"recognition"})), False),
        (Filter(countries=frozenset({"PT"}), themes=frozenset({"staff-mobility"})), True),
    ],
)
def test_every_filter_that_is_set_has_to_fit(filter_: Filter, fits: bool) -> None:
    assert wanted(filter_) is fits


def test_a_practice_that_leaves_a_filter_is_told_to_who_keeps_it() -> None:
    finland = Filter(countries=frozenset({"FI"}))
    now = practice("p1", version=2, countries=["PT"])
    moved = published(said(PracticeRevised(practice=now, before=ONE.found_under()), "p1", 2))
    assert finland.fits(moved.type, moved.found_under)
    never = published(said(PracticeRevised(practice=now, before=now.found_under()), "p1", 3))
    assert not finland.fits(never.type, never.found_under)


def test_a_practice_that_was_taken_down_is_found_under_what_it_was() -> None:
    gone = PracticeWithdrawn(
        practice_id="p1", version=1, title={}, reason_code="rights", withdrawn_at=NOW, before=ONE.found_under()
    )
    event = published(said(gone, "p1", 2))
    assert event.state is State.WITHDRAWN
    assert Filter(countries=frozenset({"FI"})).fits(event.type, event.found_under)
    assert not Filter(countries=frozenset({"DE"})).fits(event.type, event.found_under)


def test_types_are_named_without_prefix_and_version() -> None:
    assert short(PracticePublished.type) == "practice.published"


def test_what_is_set_is_told_in_order() -> None:
    assert Filter(countries=frozenset({"PT", "FI"})).as_json() == {"countries": ["FI", "PT"]}
