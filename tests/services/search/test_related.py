"""Practices like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.index import Snapshot
from services.search.related import Related, related
from shared.errors import NotFound
from tests.services.search.desk import Desk
from tests.services.search.making import ANALYSIS, apply, index_of, practice, put, remove, worded

MADE = (
    practice(
        "kitchen",
        title="Kitchen placements for apprentice cooks",
        summary=worded(en="Apprentice cooks spend a month in restaurants abroad."),
        themes=["learner-mobility"],
        sectors=["vet"],
    ),
    practice(
        "cooks",
        title="Cooks in restaurants of the partner region",
        summary=worded(en="A month in a kitchen."),
        themes=["learner-mobility"],
        sectors=["vet"],
    ),
    practice(
        "german",
        titles=worded(de="Ausbildung im Handwerk", en="Crafts"),
        language="de",
        themes=["learner-mobility"],
        sectors=["vet"],
    ),
    practice("bees", title="Bees on school roofs", themes=["green-transition"], sectors=["school"]),
    *(practice(f"o{n}", title=f"Other {n}", themes=["digital"], sectors=["adult"]) for n in range(6)),
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return index_of(tmp_path_factory.mktemp("related") / "index", *MADE).snapshot


def like(snapshot: Snapshot, practice_id: str, language: str = "", limit: int = 6) -> list[str]:
    wanted = Related(practice_id=practice_id, language=language, limit=limit)
    return [hit.shown["id"] for hit in related(wanted, snapshot, ANALYSIS)]


def test_the_likest_first_by_words_then_by_theme(snapshot: Snapshot) -> None:
    assert like(snapshot, "kitchen") == ["cooks", "german"]


def test_never_itself_and_no_more_than_asked(snapshot: Snapshot) -> None:
    assert like(snapshot, "kitchen", limit=1) == ["cooks"]
    for made in MADE:
        assert made.id not in like(snapshot, made.id, limit=50)


def test_what_shares_nothing_is_not_related(snapshot: Snapshot) -> None:
    assert like(snapshot, "bees") == []


def test_titles_in_the_readers_language(snapshot: Snapshot) -> None:
    def title(language: str) -> tuple[str, str]:
        wanted = Related(practice_id="kitchen", language=language)
        shown = {hit.shown["id"]: hit.excerpt for hit in related(wanted, snapshot, ANALYSIS)}["german"]
        return shown.title, shown.language

    assert title("en") == ("Crafts", "en")
    assert title("fi") == ("Ausbildung im Handwerk", "de")


def test_never_a_withdrawn_one_however_the_index_counts(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index", *MADE)
    snapshot = apply(index, remove("cooks"), *(remove(f"o{n}") for n in range(6)))
    assert like(snapshot, "kitchen") == ["german"]
    for gone in ("cooks", "never", ":meta", ""):
        with pytest.raises(NotFound):
            like(snapshot, gone)
    for n in range(5):
        snapshot = apply(index, put(MADE[0].model_copy(update={"version": 2 + n})))
    assert like(snapshot, "german") == ["kitchen"]


async def test_over_http(desk: Desk) -> None:
    await desk.reaches(await desk.publisher.publish_all(MADE[:3]))
    answer = await desk.get("/related/kitchen", lang="en", limit=1)
    (item,) = answer["items"]
    assert (item["id"], item["title"], item["language"]) == (
        "cooks",
        "Cooks in restaurants of the partner region",
        "en",
    )
    assert item.keys() == (await desk.get("/search"))["items"][0].keys()
    unknown = await desk.client.get("/related/nobody")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
