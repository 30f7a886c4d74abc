from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.analysis import Analysis, is_unspaced, primary, stemmer_of, words_of
from services.search.stemming import STEMMERS, UNSTEMMED

ANALYSIS = Analysis()


def test_combining_marks_belong_to_their_letter() -> None:
    assert ANALYSIS.split("अंतर्राष्ट्रीय छात्रों") == ["अंतर्राष्ट्रीय", "छात्रों"]
    assert ANALYSIS.plain("e\u0301cole") == ["ecole"]


def test_scripts_without_spaces_become_pairs() -> None:
    assert ANALYSIS.split("学生流动") == ["学生", "生流", "流动"]
    assert ANALYSIS.split("在 PISA 中") == ["在", "PISA", "中"]
    assert ANALYSIS.split("นักเรียน")[0] == "นัก"


def test_soft_hyphens_and_joiners_do_not_cut_words() -> None:
    assert ANALYSIS.plain("Mobi\u00adli\u00adtät") == ["mobilitat"]
    assert ANALYSIS.split("نمی\u200cخواهم") == ["نمیخواهم"]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "placements", "placement"),
        ("de", "Anerkennungen", "anerkennen"),
        ("fr", "mobilités", "mobilité"),
        ("el", "κινητικότητας", "κινητικότητα"),
        ("tr", "ÖĞRENCİLER", "öğrenciler"),
        ("tr", "IŞIK", "ışık"),
        ("ar", "الطلاب", "طلاب"),
        ("pt-BR", "escolas", "escola"),
        ("bg", "учителите", "учител"),
        ("cs", "školách", "školy"),
        ("da", "skolerne", "skole"),
        ("es", "movilidades", "movilidad"),
        ("et", "õpetajate", "õpetajad"),
        ("fi", "koulujen", "koulu"),
        ("ga", "scoileanna", "scoileanna"),
        ("hr", "školama", "škola"),
        ("hu", "iskolákban", "iskolák"),
        ("it", "scuole", "scuola"),
        ("lt", "mokyklose", "mokykla"),
        ("lv", "skolotājiem", "skolotājs"),
        ("nl", "scholen", "school"),
        ("pl", "szkołach", "szkoła"),
        ("ro", "școlilor", "școli"),
        ("sk", "učiteľom", "učiteľov"),
        ("sl", "učiteljem", "učiteljev"),
        ("sv", "skolorna", "skolor"),
        ("hi", "छात्रों", "छात्र"),
    ],
)
def test_forms_of_a_word_meet_in_its_language(language: str, one: str, other: str) -> None:
    assert ANALYSIS.stems(one, stemmer_of(language)) == ANALYSIS.stems(other, stemmer_of(language))


def test_accents_and_final_sigma_do_not_count_in_plain_words() -> None:
    assert ANALYSIS.plain("Παιδαγωγός ΆΛΛΟΣ Über façade Łódź") == ["παιδαγωγοσ", "αλλοσ", "uber", "facade", "lodz"]
    assert ANALYSIS.grams(["mobilité"]) == ANALYSIS.grams(["mobilite"])


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    assert stemmer_of("mt") == UNSTEMMED
    assert ANALYSIS.stems("Għalliema", UNSTEMMED) == ["ghalliema"]


EU_LANGUAGES = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv"


def test_every_official_language_of_the_union_has_a_stemmer_but_maltese() -> None:
    assert {language for language in EU_LANGUAGES.split() if stemmer_of(language) == UNSTEMMED} == {"mt"}


def test_a_word_becomes_one_term_however_it_folds() -> None:
    for word in ("½kg", "ﷺ", "㎏x", "ⅷ", "ǆ", "œuvre", "straße"):
        assert len(ANALYSIS.plain(word)) == len(words_of(word))
        assert not any(" " in stem for stem in ANALYSIS.stems(word, "german"))


def test_umlauts_written_out_meet_umlauts() -> None:
    assert ANALYSIS.stems("Lehrkraefte", "german") == ANALYSIS.stems("Lehrkräfte", "german")


def test_words_that_say_little_are_known_by_language() -> None:
    assert ANALYSIS.says_little("the", frozenset({"english"}))
    assert not ANALYSIS.says_little("the", frozenset({"german"}))
    assert not ANALYSIS.says_little("school", frozenset(STEMMERS.values()))


@given(st.text())
def test_any_text_can_be_analysed(text: str) -> None:
    ANALYSIS.split(text)
    ANALYSIS.grams(ANALYSIS.split(text))
    for stemmer in {UNSTEMMED, *STEMMERS.values()}:
        assert ANALYSIS.stems_of_word(text, [stemmer]) is not None


def test_varieties_share_their_language() -> None:
    assert primary("pt-BR") == "pt"
    assert primary("sr_Latn") == "sr"


@given(st.text())
def test_words_of_spaced_scripts_are_prepared_once(text: str) -> None:
    words = [word for word in ANALYSIS.split(text) if not is_unspaced(word)]
    assert ANALYSIS.split(" ".join(words)) == words


def test_what_rare_characters_ask_for_is_done_wherever_they_stand() -> None:
    """Texts without any are taken apart by a quicker way: none that needs care may go it."""
    for code in range(0x80, sys.maxunicode + 1):
        character = chr(code)
        if is_unspaced(character):
            assert {"õ", "a"} <= set(ANALYSIS.split(f"õ{character}a")), hex(code)
        elif unicodedata.category(character)[0] == "M":
            assert ANALYSIS.split(f"õ{character}a") == [unicodedata.normalize("NFKC", f"õ{character}a")], hex(code)
    for invisible in "\u00ad\u200c\u200d\u200e\u200f\u061c\u2060\ufeff":
        assert ANALYSIS.split(f"õ{invisible}a") == ["õa"], hex(ord(invisible))
