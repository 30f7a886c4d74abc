"""Holds the data files to their form: whole labels, codes and names that mean one thing."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from pycountry import countries

import shared.vocabulary
from shared.contribution import Content
from shared.contribution.readable import field_label
from shared.text import canonical_language
from shared.vocabulary import Vocabularies, Vocabulary
from shared.vocabulary.world import REGION_OF, SUBREGION_OF, regions_of

ALL = Vocabularies.load()
EUROPEAN = ("es", "it", "pt", "pl", "el", "nl")
STANDARD = {"countries", "languages", "licences", "isced-levels", "isced-fields", "eqf-levels"}
STANDARD |= {"erasmus-key-actions", "erasmus-action-types", "kinds", "fields"}  # their codes are given by others
STANDARD |= {"review-criteria", "recommendations", "conflict-reasons"}  # words of the review API
DATA = Path(shared.vocabulary.__file__).parent / "data"


@pytest.fixture(params=sorted(ALL))
def codes(request: pytest.FixtureRequest) -> Vocabulary:
    return ALL[request.param]


def test_codes_are_unique_and_well_formed(codes: Vocabulary) -> None:
    assert len({term.code for term in codes.terms}) == len(codes.terms)
    if codes.name not in STANDARD:
        assert [code for code in codes.codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)] == []


def test_every_term_has_its_labels(codes: Vocabulary) -> None:
    wanted = {"en", "fr", "de"} | (set(EUROPEAN) if codes.name in {"themes", "sectors", "target-groups"} else set())
    assert wanted <= set(codes.languages)
    assert re.fullmatch(r"\d+\.\d+\.\d+", codes.version)
    assert codes.title
    assert codes.source


def test_no_two_terms_share_a_label_in_one_language(codes: Vocabulary) -> None:
    for language in codes.languages:
        counted = Counter(term.labels[language].casefold() for term in codes.terms)
        assert [label for label, times in counted.items() if times > 1] == []


def test_labels_are_clean_text_in_known_languages(codes: Vocabulary) -> None:
    for term in codes.terms:
        for language, label in term.labels.items():
            assert canonical_language(language) == language
            assert label == label.strip()
            assert label
            assert not re.search(r"[\x00-\x1f\u202a-\u202e]", label)


def test_a_name_leads_to_its_own_term(codes: Vocabulary) -> None:
    for term in codes.terms:
        assert codes.find(term.code) == term.code
        for alias in term.aliases:
            assert codes.find(alias) == term.code, alias


def test_what_is_described_is_described_in_the_same_languages_as_named(codes: Vocabulary) -> None:
    for term in codes.terms:
        assert not term.descriptions or term.descriptions.keys() == term.labels.keys(), term.code
        for sentence in term.descriptions.values():
            assert sentence == sentence.strip()
            assert sentence[-1] in ".?", sentence


def test_a_broader_term_exists() -> None:
    same = {name: name for name in ("isced-fields", "regions")}
    for name, above in {**same, "erasmus-action-types": "erasmus-key-actions"}.items():
        assert {term.broader for term in ALL[name].terms if term.broader} <= set(ALL[above].codes)


def test_files_are_written_in_one_form() -> None:
    for path in DATA.glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        assert document["name"] == path.stem
        assert path.read_text(encoding="utf-8") == json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def test_all_countries_of_iso_3166_are_there() -> None:
    assert {country.alpha_2 for country in countries} <= set(ALL["countries"].codes)


def test_every_country_lies_in_a_region() -> None:
    assert {code for code in ALL["countries"].codes if not regions_of(code)} == {"AQ"}
    assert set(SUBREGION_OF) <= set(ALL["countries"].codes)
    assert {*REGION_OF, *REGION_OF.values()} == set(ALL["regions"].codes)
    assert regions_of("PT") == ("150", "039")
    assert (ALL["regions"].label("039", "fr"), ALL["regions"]["039"].broader) == ("Europe du Sud", "150")


def test_the_standards_are_whole() -> None:
    assert ALL["isced-levels"].codes == tuple("012345678")
    assert ALL["eqf-levels"].codes == tuple("12345678")
    assert len([code for code in ALL["isced-fields"].codes if len(code) == 2]) == 11
    assert len(ALL["languages"].codes) >= 183


def test_the_codes_fixed_between_the_services_stay() -> None:
    assert ALL["themes"].codes == (
        *("learner-mobility", "staff-mobility", "recognition", "green-transition", "internationalisation-strategy"),
        *("internationalisation-at-home", "partnerships", "curricula", "inclusion", "digital", "policy-funding"),
        "beyond-europe",
    )
    assert ALL["sectors"].codes == (
        *("early-years", "school", "vet", "higher-education", "adult", "non-formal-youth"),
        *("validation-guidance", "cross-sector"),
    )


def test_every_field_of_the_record_has_a_label() -> None:
    paths = set(Content.model_fields)
    paths |= {f"mobility.{name}" for name in ("directions", "participants", "activity_type", "duration_days")}
    assert paths <= set(ALL["fields"].codes)
    assert field_label(("title", "fr", "text"), "de") == "Titel (Französisch)"
    assert field_label(("partner_organisations", 3, "name"), "en") == "Partner organisation: name"
    assert field_label(("unheard", "of")) == "unheard/of"
