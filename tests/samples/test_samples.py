"""The sample contributions are rich, varied and right."""

import json
from pathlib import Path
from typing import Any

import pytest
from pycountry import countries

from shared.contribution import Content, Kind, completeness, fingerprint, parse, similarity
from shared.contribution.facets import languages
from shared.vocabulary import vocabulary
from tests.contents import KINDS

SAMPLES = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path("samples").glob("*.json"))}
CONTENTS = {name: parse(sample["content"]) for name, sample in SAMPLES.items()}
EUROPE = {
    *("AD", "AL", "AM", "AT", "AZ", "BA", "BE", "BG", "BY", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR"),
    *("GB", "GE", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL"),
    *("NO", "PL", "PT", "RO", "RS", "RU", "SE", "SI", "SK", "SM", "TR", "UA", "VA", "XK"),
}


@pytest.fixture(params=sorted(SAMPLES))
def name(request: pytest.FixtureRequest) -> str:
    given: str = request.param
    return given


def test_a_sample_is_complete_unless_its_story_is_a_draft(name: str) -> None:
    missing = [f"{found.pointer}: {found.message}" for found in completeness(CONTENTS[name])]
    assert bool(missing) == (SAMPLES[name]["story"] == "draft"), missing


def test_a_sample_is_written_as_the_record_writes_it(name: str) -> None:
    given: Any = SAMPLES[name]["content"]
    written = CONTENTS[name].as_json()
    assert {field: written[field] for field in given} == given


def test_there_are_enough_samples_of_every_kind() -> None:
    assert len(SAMPLES) >= 30
    of_kind: dict[Kind | None, list[str]] = {}
    for name, content in CONTENTS.items():
        of_kind.setdefault(content.kind, []).append(name)
    assert set(of_kind) == set(KINDS)
    assert min(map(len, of_kind.values())) >= 4


def test_they_cover_languages_sectors_themes_and_the_world() -> None:
    contents = tuple(CONTENTS.values())
    assert len({content.source_language for content in contents}) >= 10
    assert covered(contents, "sectors") == set(vocabulary("sectors").codes)
    assert covered(contents, "themes") == set(vocabulary("themes").codes)
    where = covered(contents, "countries")
    assert len(where) >= 20
    assert len(where - EUROPE) >= 3
    assert {country.alpha_2 for country in countries} >= where - {"XK"}
    assert any(len(languages(content)) > 1 for content in contents)


def covered(contents: tuple[Content, ...], field: str) -> set[str]:
    return {code for content in contents for code in getattr(content, field)}


def test_no_two_are_near_duplicates() -> None:
    prints = [(name, made) for name, content in CONTENTS.items() if (made := fingerprint(content))]
    alike = [
        (one, other)
        for one, a in prints
        for other, b in prints
        if one < other and similarity(a, b) > 0.2  # a hint
    ]
    assert alike == []
