"""Every language says everything: a missing string, placeholder or kind fails here."""

import re
from datetime import date

import pytest
from babel.dates import format_date

from services.notifications.domain.kinds import Kind
from services.notifications.words import LANGUAGES, load_words, placeholders, read_file, sentences, supported_language

ENGLISH = dict(sentences(read_file("en")))
OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_exactly_the_sentences_of_english(language: str) -> None:
    assert set(dict(sentences(read_file(language)))) == set(ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_the_placeholders_of_english_and_says_something(language: str) -> None:
    for key, sentence in sentences(read_file(language)):
        assert sentence.strip(" \n\t") == sentence != "", key
        assert placeholders(sentence) == placeholders(ENGLISH[key]), f"{key} in {language}"


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_was_left_in_english(language: str) -> None:
    same = {key for key, sentence in sentences(read_file(language)) if sentence == ENGLISH[key]}
    assert {key for key in same if not key.startswith("dates.")} <= {"common.product", "common.colon"}


def test_french_has_a_no_break_space_before_its_double_signs() -> None:
    for key, sentence in sentences(read_file("fr")):
        assert not re.search("[^\u00a0\u202f][:;?!»]|«[^\u00a0\u202f]", f"x{sentence}"), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_are_written_as_the_unicode_locale_data_say(language: str) -> None:
    words = load_words()[language]
    for month in range(1, 13):
        day = date(2026, month, 9)
        assert words.date(day) == format_date(day, format="long", locale={"en": "en_GB"}.get(language, language))


def test_every_kind_is_told_in_every_language() -> None:
    for words in load_words().values():
        assert set(words.kinds) == set(Kind)


@pytest.mark.parametrize(
    ("wanted", "written"),
    [("fr", "fr"), ("fr-BE", "fr"), ("de_AT", "de"), ("DE", "de"), ("el", "en"), ("", "en"), (None, "en")],
)
def test_people_are_written_to_in_their_language_or_in_english(wanted: str | None, written: str) -> None:
    assert supported_language(wanted) == written
