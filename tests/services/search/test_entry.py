from __future__ import annotations

from datetime import UTC, datetime

from services.search.entry import Organisation, entry_of, language_codes
from shared.events.practices import Attachment
from tests.services.search.making import practice, worded


def test_every_text_is_kept_by_its_language_wherever_it_stands() -> None:
    made = practice(
        actions=worded(en="What we did", pt="O que fizemos"),
        indicators=[{"name": worded(en="Learners abroad"), "value": 4}],
        joint_action={"ask": worded(fr="Nous demandons"), "supporting_organisations": [{"name": "Haus Süd"}]},
    )
    entry = entry_of(made, said=1)
    assert entry.texts == {
        "en": "What we did\nLearners abroad",
        "pt": "O que fizemos",
        "fr": "Nous demandons",
    }
    assert entry.languages == ("en", "pt", "fr")


def test_names_of_people_organisations_projects_and_files_are_kept() -> None:
    made = practice(
        authors=[{"name": "Ana Sá", "organisation": "Liga"}],
        programme={"programme": "Erasmus+", "project_id": "2019-1-PT01"},
        links=[{"url": "https://example.org", "label": "Toolkit"}],
    )
    file = Attachment(id="1", name="guide.pdf", media_type="application/pdf", bytes=1, sha256="0", alt_text="A map")
    entry = entry_of(made.model_copy(update={"attachments": (file,)}), said=1)
    assert set(entry.names) == {
        "Ana Sá",
        "Liga",
        "Erasmus+",
        "2019-1-PT01",
        "Toolkit",
        "Escola do Mar",
        "guide.pdf",
        "A map",
    }


def test_an_organisation_without_an_id_gets_a_code_of_its_name() -> None:
    made = practice(lead_organisation={"name": "Łódź: Dom Kultury!"}, partner_organisations=[{"id": "x", "name": "X"}])
    assert entry_of(made, said=1).organisations == (
        Organisation(code="łódź-dom-kultury", name="Łódź: Dom Kultury!"),
        Organisation(code="x", name="X"),
    )


def test_years_are_those_in_which_it_took_place() -> None:
    published = datetime(2025, 5, 1, tzinfo=UTC)

    def years(start: str | None = None, end: str | None = None) -> tuple[int, ...]:
        return entry_of(practice(published=published, period={"start": start, "end": end}), said=1).years

    assert years("2021-09-01", "2023-06-30") == (2021, 2022, 2023)
    assert years("2023-01-01") == (2023, 2024, 2025)
    assert years() == (2025,)
    assert years("1900-01-01", "2200-01-01")[-1] == 1929
    assert years("2027-01-01") == (2027,)


def test_varieties_of_a_language_are_one_in_the_facet() -> None:
    entry = entry_of(practice(title="Olá", language="pt-BR", summary=worded(pt="Olá", en="Hello")), said=1)
    assert language_codes(entry) == ("pt", "en")


def test_strange_content_is_left_out() -> None:
    made = practice(actions={"en": "no provenance"}, themes="staff-mobility", countries=[1], authors=["Ana"])
    entry = entry_of(made, said=1)
    assert (entry.texts, entry.themes, entry.countries) == ({}, (), ("1",))
