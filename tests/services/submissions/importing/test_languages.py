from __future__ import annotations

import pytest

from services.submissions.importing.languages import Detect, by_language, detector, title_by_language
from tests.services.submissions.importing.exports import ENGLISH, FRENCH

GERMAN = (
    "Unsere Schule schickt Auszubildende in Küchen am Meer. Sie reisen mit der Bahn und mit der Fähre, und die Reise"
    " gehört zum Lehrgang. Jedes Praktikum wurde zu Hause als ein Modul anerkannt."
)
GREEK = (
    "Το σχολείο μας στέλνει μαθητευόμενους σε κουζίνες δίπλα στη θάλασσα. Ταξιδεύουν με πλοίο και με τρένο, και το"
    " ταξίδι είναι μέρος του μαθήματος. Κάθε τοποθέτηση αναγνωρίστηκε ως μία ενότητα του διπλώματος."
)


@pytest.fixture(scope="module")
def detect() -> Detect:
    return detector()


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (FRENCH, "fr"), (GERMAN, "de"), (GREEK, "el")])
def test_one_language_stays_whole(detect: Detect, text: str, language: str) -> None:
    assert by_language(text, detect) == {language: text}


@pytest.mark.parametrize("between", ["\n\n", " ", "\n"])
@pytest.mark.parametrize(("one", "other"), [((ENGLISH, "en"), (FRENCH, "fr")), ((GREEK, "el"), (ENGLISH, "en"))])
def test_two_languages_one_after_the_other_are_taken_apart(
    detect: Detect, between: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    found = by_language(one[0] + between + other[0], detect)
    assert found == {one[1]: one[0], other[1]: other[0]}


def test_a_quotation_in_another_language_stays_where_it_is(detect: Detect) -> None:
    text = f"{ENGLISH} Its motto was «Le voyage fait partie de la formation». {ENGLISH}"
    assert list(by_language(text, detect)) == ["en"]


def test_a_text_that_changes_to_and_fro_stays_whole(detect: Detect) -> None:
    text = f"{ENGLISH} {FRENCH} {ENGLISH} {FRENCH}"
    assert list(by_language(text, detect).values()) == [text]


def test_nothing_and_almost_nothing(detect: Detect) -> None:
    assert by_language("  \n", detect) == {}
    assert list(by_language("OK", detect).values()) == ["OK"]


def test_titles(detect: Detect) -> None:
    assert title_by_language("Bridges with Europe EN Avrupa ile Köprü TR ", ("en",), detect) == {
        "en": "Bridges with Europe",
        "tr": "Avrupa ile Köprü",
    }
    assert title_by_language("Die Reise gehört zum Lehrgang unserer Schule", ("en",), detect) == {
        "de": "Die Reise gehört zum Lehrgang unserer Schule"
    }
    assert title_by_language("KITCHEN-X", ("fr",), detect) == {"fr": "KITCHEN-X"}
    assert title_by_language("We go to the USA and the UK", ("en",), detect) == {"en": "We go to the USA and the UK"}
