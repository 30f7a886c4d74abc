"""The sample practices, found by words typed wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.search.index import Snapshot
from tests.services.search.making import ids, index_of, practice, search

_SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    contents = {path.stem: json.loads(path.read_text())["content"] for path in sorted(_SAMPLES.glob("*.json"))}
    made = [practice(name, titles=content["title"], **_rest(content)) for name, content in contents.items()]
    return index_of(tmp_path_factory.mktemp("samples") / "index", *made).snapshot


def _rest(content: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in content.items() if field != "title"}


@pytest.mark.parametrize("typed", ["kichen placment", "placment kichen"])
def test_who_has_more_of_the_mistyped_words_stands_above(snapshot: Snapshot, typed: str) -> None:
    found = ids(search(snapshot, typed))
    kitchens = {"01-rail-and-sail-kitchen-placements", "27-rail-first-top-up"}  # where both words are
    assert found[0] == "01-rail-and-sail-kitchen-placements"
    assert set(found[:2]) == kitchens
    assert "03-grenzpraktikum-tageweise" not in found[:2]


def test_who_has_more_of_the_words_stands_above_where_some_will_do(snapshot: Snapshot) -> None:
    found = search(snapshot, "kitchen placement")
    assert found.partial
    assert ids(found)[0] == "01-rail-and-sail-kitchen-placements"
