"""What a row becomes: every column that we map, and what is left out rather than invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.submissions.importing.columns import columns_of
from services.submissions.importing.draft import Imported, drafted, shortened
from services.submissions.importing.languages import Detect, detector
from services.submissions.importing.table import BadRow, Row, open_export
from services.submissions.importing.terms import sectors_of, themes_of
from shared.vocabulary import vocabulary
from tests.services.submissions.importing.exports import ENGLISH, FRENCH, HEADER, real_export, row, saved, written
from tests.thoroughness import examples_of

ANYTHING = st.text(max_size=80)
FEW = ("Project Identifier", "Project Title", "Programme")


@pytest.fixture(scope="module")
def detect() -> Detect:
    return detector()


def made(
    tmp_path: Path, detect: Detect, changes: dict[str, str] | None = None, header: tuple[str, ...] = HEADER
) -> Imported:
    export = open_export(saved(tmp_path, written([row(**(changes or {}))], header)))
    (found,) = export.read()
    assert isinstance(found, Row)
    imported = drafted(found, export.columns, detect)
    assert isinstance(imported, Imported), imported
    return imported


def test_every_column_finds_its_place(tmp_path: Path, detect: Detect) -> None:
    imported = made(tmp_path, detect)
    assert imported.content.as_json() == {
        "kind": "practice",
        "source_language": "en",
        "title": {"en": {"text": "Kitchens by the sea, reached without a single flight", "provenance": "original"}},
        "summary": {"en": {"text": ENGLISH, "provenance": "original"}},
        "sectors": ["vet"],
        "themes": ["learner-mobility", "staff-mobility", "recognition", "green-transition"],
        "programme": {
            "programme": "Erasmus+",
            "key_action": "KA1",
            "action_type": "KA122-VET",
            "call_year": 2021,
            "project_id": "2021-1-EL01-KA122-VET-000001",
            "project_card": "https://results.example.org/#project/1",
            "website": "https://www.kitchens.example.org",
        },
        "links": [
            {"url": "https://www.kitchens.example.org", "label": "Project website"},
            {"url": "https://results.example.org/#project/1", "label": "Erasmus+ project results platform"},
        ],
        "countries": ["GR", "GB", "FR"],
        "partner_countries": ["GB", "FR"],
        "reach": "european",
        "lead_organisation": {
            "name": "Σχολή Μαγειρικής",
            "country": "GR",
            "type": "School/Institute/Educational centre – Vocational Training (secondary level)",
            "website": "http://school.example.gr",
        },
        "partner_organisations": [
            {
                "name": 'Harbour College, "The Quay"',
                "country": "GB",
                "type": "Higher education institution (tertiary level)",
            }
        ],
        "licence": "CC-BY-4.0",
        "declarations": {"funding": "Erasmus+: EUR 12345.50"},
    }
    assert imported.left_out == ()


def test_an_export_with_few_columns_gives_a_lean_draft(tmp_path: Path, detect: Detect) -> None:
    imported = made(tmp_path, detect, header=FEW)
    content = imported.content.as_json()
    assert content["programme"] == {"programme": "Erasmus+", "project_id": "2021-1-EL01-KA122-VET-000001"}
    assert "lead_organisation" not in content
    assert "themes" not in content


def test_a_long_summary_is_cut_at_a_sentence_and_kept_whole_as_context(tmp_path: Path, detect: Detect) -> None:
    long = " ".join([ENGLISH] * 6)
    content = made(tmp_path, detect, {"Project Summary": long}).content.as_json()
    assert content["context"]["en"]["text"] == long
    summary = content["summary"]["en"]["text"]
    assert long.startswith(summary)
    assert summary.endswith(".")
    assert 300 <= len(summary) <= 600


def test_a_summary_in_two_languages_gives_both(tmp_path: Path, detect: Detect) -> None:
    content = made(tmp_path, detect, {"Project Summary": f"{FRENCH}\n\n{ENGLISH}"}).content
    assert set(content.summary) == {"en", "fr"}


def test_what_the_record_cannot_hold_is_left_out_and_noted(tmp_path: Path, detect: Detect) -> None:
    imported = made(
        tmp_path,
        detect,
        {
            "Project Website": "not a website",
            "Participating countries": "FR,ZZ",
            "Key Action": "Something new",
            "Topics": "Recognition; Beekeeping",
            "Project Summary": f"With\x0b control \u202eand bidi\U0001fffe\U0010ffff. {ENGLISH}",
        },
    )
    assert len(imported.left_out) == 4
    assert imported.content.countries == ("FR", "GR", "GB")
    assert not {"\u202e", "\U0001fffe", "\U0010ffff"} & set(imported.content.summary["en"].text)
    assert imported.content.programme is not None
    assert imported.content.programme.website is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Project Identifier": " "}, "no project identifier"),
        ({"Project Title": ""}, "no title"),
        ({"Call year": "MMXX"}, "call year"),
    ],
)
def test_a_row_that_is_no_project_says_why(
    tmp_path: Path, detect: Detect, changes: dict[str, str], reason: str
) -> None:
    export = open_export(saved(tmp_path, written([row() | changes])))
    (found,) = export.read()
    assert isinstance(found, Row)
    bad = drafted(found, export.columns, detect)
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert reason in bad.reason


def test_the_same_row_in_another_order_of_columns_is_the_same(tmp_path: Path, detect: Detect) -> None:
    other = (*reversed(HEADER), "A column of another year")
    assert made(tmp_path, detect).row == made(tmp_path, detect, header=other).row
    assert made(tmp_path, detect).row != made(tmp_path, detect, {"Project Status": "x", "Topics": "x"}).row


@given(st.fixed_dictionaries({name: ANYTHING for name in HEADER if name != "Call year"}))
@settings(max_examples=examples_of(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_the_cells_becomes_a_draft_or_a_reason(detect: Detect, cells: dict[str, str]) -> None:
    columns = columns_of(HEADER)
    assert columns is not None
    found = drafted(Row(line=2, cells=[cells.get(name, "") for name in HEADER]), columns, detect)
    assert isinstance(found, Imported) or found.reason


@given(st.text(min_size=1, max_size=300), st.integers(20, 100))
def test_shortened_text_fits_and_is_a_beginning(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short) <= limit
    assert text.startswith(short.removesuffix("…"))


def test_codes_are_codes_of_their_vocabularies() -> None:
    topics = (
        "ICT - new technologies - digital competences; Inclusion - equity; Conflict resolution; Energy and resources"
    )
    assert themes_of(topics, "KA203", "KA2") == ("digital", "inclusion", "green-transition")
    assert themes_of("", "KA101", "KA1") == ("staff-mobility",)
    assert sectors_of(None, ["School – General education (primary level)", "NGO"]) == ("school",)
    themes, sectors = vocabulary("themes").codes, vocabulary("sectors").codes
    for action in vocabulary("erasmus-action-types").codes:
        assert set(sectors_of(action, [])) <= set(sectors)
        assert set(themes_of(topics, action, action[:3])) <= set(themes)


def test_the_real_export(detect: Detect) -> None:
    path = real_export()
    if path is None:
        pytest.skip("the real export does not lie beside the project (../shared/data)")
    export = open_export(path)
    found = [drafted(one, export.columns, detect) for one in export.read() if isinstance(one, Row)]
    assert [one.line for one in found] == [2, 3, 19, 20, 21, 34]
    contents: list[dict[str, Any]] = [one.content.as_json() for one in found if isinstance(one, Imported)]
    assert len(contents) == 6
    assert all(one.left_out == () for one in found if isinstance(one, Imported))
    assert [one["programme"]["action_type"] for one in contents] == ["JM-CHAIR", *["KA101"] * 4, "KA200"]
    assert [sorted(one["title"]) for one in contents] == [["en", "tr"], ["de"], ["en"], ["de"], ["en"], ["en"]]
    assert {one["source_language"] for one in contents} == {"en"}
    assert contents[4]["countries"] == ["RS", "CZ"]
    assert [len(one.get("partner_organisations", ())) for one in contents] == [0, 0, 0, 0, 1, 4]
    assert all(one["themes"] and one["sectors"] and one["links"] for one in contents)
