from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.search.marking import folded
from services.search.nearby import near
from services.search.snippets import SNIPPET_CHARACTERS, Excerpt
from tests.services.search.making import index_of, practice, search, worded
from tests.thoroughness import examples_of


def excerpt(folder: Path, text: str, *, reader: str = "", **content: object) -> Excerpt:
    snapshot = index_of(folder / "index", practice("it", **content)).snapshot  # type: ignore[arg-type]
    (hit,) = search(snapshot, text, language=reader).hits
    return hit.excerpt


def test_words_found_are_marked_and_all_else_escaped(tmp_path: Path) -> None:
    shown = excerpt(
        tmp_path, "teacher <script>", title="<b>Teachers</b> & pupils", summary=worded(en='A "teacher" <script>')
    )
    assert shown.title_html == "&lt;b&gt;<mark>Teachers</mark>&lt;/b&gt; &amp; pupils"
    assert shown.snippet_html == "A &quot;<mark>teacher</mark>&quot; &lt;<mark>script</mark>&gt;"


def test_forms_accents_and_typing_errors_are_marked(tmp_path: Path) -> None:
    for number, (typed, language, text, marked) in enumerate(
        (
            ("mobilite", "fr", "Les mobilités durent", "mobilités"),
            ("techers", "en", "Our teachers travel", "teachers"),
            ("Schüler", "de", "Alle SCHÜLER reisen", "SCHÜLER"),
            ("طلاب", "ar", "سافر الطلاب معا", "الطلاب"),
            ("छात्र", "hi", "सभी छात्र यात्रा", "छात्र"),
            ("学生", "zh", "所有学生都去", "学生"),
            ("μαθητης", "el", "Κάθε μαθητής ταξιδεύει", "μαθητής"),
            ("ışık", "tr", "Bütün IŞIK burada", "IŞIK"),
        )
    ):
        shown = excerpt(tmp_path / str(number), typed, title="x", language=language, summary=worded(**{language: text}))
        assert f"<mark>{marked}</mark>" in shown.snippet_html, (typed, shown.snippet_html)


def test_a_word_is_not_marked_inside_another(tmp_path: Path) -> None:
    shown = excerpt(
        tmp_path, "mobility", summary=worded(en="Immobility, é́mobility and 学mobility: mobility, mobilities")
    )
    assert shown.snippet_html == (
        "Immobility, é́mobility and 学mobility: <mark>mobility</mark>, <mark>mobilities</mark>"
    )


def test_the_snippet_is_where_most_words_are(tmp_path: Path) -> None:
    text = "padding words here. " * 40 + "Apprentices earned credits in Porto. " + "more padding after. " * 40
    shown = excerpt(tmp_path, "apprentices credits porto", summary=worded(en="Apprentices."), actions=worded(en=text))
    assert "<mark>Apprentices</mark> earned <mark>credits</mark> in <mark>Porto</mark>" in shown.snippet_html
    assert shown.snippet_html.startswith("…")
    assert shown.snippet_html.endswith("…")
    assert len(unescape(re.sub("</?mark>", "", shown.snippet_html))) <= SNIPPET_CHARACTERS + 2


def test_what_matched_only_by_a_label_shows_its_summary(tmp_path: Path) -> None:
    shown = excerpt(tmp_path, "Portugal", summary=worded(en="About teachers."))
    assert (shown.snippet_html, shown.matched) == ("About teachers.", ())


def test_the_readers_language_is_shown_and_the_matching_one_told(tmp_path: Path) -> None:
    content = {
        "titles": worded(de="Anerkennung", en="Recognition", **{"pt-BR": "Reconhecimento"}),
        "summary": worded(de="Lernergebnisse anerkennen", en="Recognising learning outcomes"),
    }

    def shown(number: int, text: str, reader: str) -> Excerpt:
        return excerpt(tmp_path / str(number), text, reader=reader, language="de", **content)

    english = shown(1, "Lernergebnisse", "en")
    assert (english.language, english.title) == ("en", "Recognition")
    assert english.matched == ("de",)
    assert english.snippet_language == "de"
    assert "<mark>Lernergebnisse</mark>" in english.snippet_html
    assert shown(2, "outcomes", "en-GB").snippet_language == "en"
    assert shown(3, "", "pt").title == "Reconhecimento"
    assert shown(4, "", "fi").language == "de"


def test_a_summary_in_another_language_than_the_title_is_told(tmp_path: Path) -> None:
    content = {"titles": worded(de="Anerkennung", en="Recognition"), "summary": worded(de="Lernergebnisse")}
    shown = excerpt(tmp_path / "1", "", reader="en", language="de", **content)
    assert (shown.title, shown.language) == ("Recognition", "en")
    assert (shown.summary, shown.summary_language) == ("Lernergebnisse", "de")
    assert (shown.snippet_html, shown.snippet_language) == ("Lernergebnisse", "de")
    shown = excerpt(tmp_path / "2", "recognition", reader="en", language="de", **content)
    assert (shown.title_html, shown.snippet_html) == ("<mark>Recognition</mark>", "Lernergebnisse")
    assert (shown.matched, shown.snippet_language) == (("en",), "de")


MARKUP = re.compile(r"<(?!/?mark>)|&(?!(amp|lt|gt|quot|#x27);)")
HOSTILE = (
    "</mark><script>alert(1)</script>",
    "<mark>teacher</mark>",
    '<img src=x onerror="alert(1)"> teacher',
    "&lt;script&gt; teacher &#60;b&#62;",
    "teacher' onmouseover='x",
    "<!-- teacher --> ]]> <![CDATA[",
    "javascript:teacher <a href=//evil>",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("typed", ["teacher", "script", "mark", "onerror techer", "<script>", ""])
def test_hostile_content_stays_text(tmp_path: Path, text: str, typed: str) -> None:
    made = practice("it", title=text[:100], summary=worded(en=text), actions=worded(en=text))
    for hit in search(index_of(tmp_path / "index", made).snapshot, typed).hits:
        for html, plain in ((hit.excerpt.title_html, text), (hit.excerpt.snippet_html, text)):
            assert not MARKUP.search(html)
            assert unescape(re.sub("</?mark>", "", html)) == plain


@given(st.text(max_size=50))
def test_folding_keeps_places(text: str) -> None:
    assert len(folded(text)) == len(text)


@pytest.mark.parametrize(
    ("word", "other", "errors", "is_near"),
    [
        ("teachers", "techers", 1, True),
        ("teachers", "taechers", 1, True),
        ("teachers", "tachers", 1, True),
        ("teachers", "teechors", 1, False),
        ("teachers", "teechors", 2, True),
        ("a", "abcd", 2, False),
    ],
)
def test_near(word: str, other: str, errors: int, *, is_near: bool) -> None:
    assert near(word, other, errors) is is_near


@given(st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_near_is_mutual(one: str, other: str) -> None:
    assert near(one, other, 2) == near(other, one, 2)


@settings(deadline=None, max_examples=examples_of(50))
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), typed=st.text(max_size=20))
def test_no_markup_but_ours_comes_through(tmp_path_factory: pytest.TempPathFactory, text: str, typed: str) -> None:
    snapshot = index_of(tmp_path_factory.mktemp("html") / "index", practice("it", title=text)).snapshot
    for hit in search(snapshot, typed).hits:
        for html in (hit.excerpt.title_html, hit.excerpt.snippet_html):
            assert not MARKUP.search(html)
            assert html.count("<mark>") == html.count("</mark>")
