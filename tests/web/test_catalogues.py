"""Every page speaks every language, whole."""

from pathlib import Path

import pytest

from services.web import catalogues
from services.web.page.languages import FOLDER, LANGUAGES, SOURCE, Words, accepted, direction, load_words

OTHERS = [language for language in LANGUAGES if language != SOURCE]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("room", catalogues.rooms())
def test_nothing_is_missing_fuzzy_or_left_over(room: str, language: str) -> None:
    assert list(catalogues.problems(room, language)) == []


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ('msgid "About"\nmsgstr ""\n', "not translated: 'About'"),
        ('#, fuzzy\nmsgid "About"\nmsgstr "À propos"\n', "not translated: 'About'"),
        ('msgid "Nobody says this"\nmsgstr "Personne"\n', "nobody says 'Nobody says this' any more"),
        ('msgid "in %(language)s"\nmsgstr "en %(langue)s"\n', "another placeholder"),
        ('msgid "About"\nmsgstr "À propos"\n', "missing: 'Inbox'"),
    ],
)
def test_a_spoilt_catalogue_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoilt: str, said: str) -> None:
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "common.po").write_text(spoilt, encoding="utf-8")
    monkeypatch.setattr("services.web.catalogues.FOLDER", tmp_path)
    assert any(said in problem for problem in catalogues.problems("common", "fr"))


def test_the_same_words_are_translated_alike_in_every_room() -> None:
    """All rooms' catalogues become one, so two translations of one text would fight."""
    for language in OTHERS:
        seen: dict[object, object] = {}
        for room in catalogues.rooms():
            for message in catalogues.read(FOLDER / language / f"{room}.po", language):
                if message.id:
                    said = seen.setdefault(message.id, message.string)
                    assert said == message.string, f"{language}: {message.id!r} in {room}"


def test_words_are_said_in_each_language_with_their_plurals() -> None:
    words = load_words()
    assert {language: words[language].gettext("Sign in") for language in LANGUAGES} == {
        "en": "Sign in",
        "fr": "Connexion",
        "de": "Anmelden",
    }
    assert Words("en").ngettext("one", "many", 2) == "many"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("fr-CA,en;q=0.8", "fr"),
        ("pt, de;q=0.5, en;q=0.4", "de"),
        ("de;q=0, en", "en"),
        ("de;q=0", None),
        ("pt", None),
        ("", None),
        ("de;q=x,fr;q=0.1", "fr"),
        ("*", None),
    ],
)
def test_the_language_the_browser_likes_best_is_chosen(header: str, language: str | None) -> None:
    assert accepted(header) == language


@pytest.mark.parametrize(
    ("tag", "way"),
    [("ar", "rtl"), ("he-IL", "rtl"), ("fa", "rtl"), ("az-Arab", "rtl"), ("ar-Latn", "ltr"), ("de", "ltr")],
)
def test_texts_run_their_way(tag: str, way: str) -> None:
    assert direction(tag) == way
