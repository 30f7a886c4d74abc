"""What the reader's pages are made of, without a site: addresses, marks, facets, charts, citations, the map."""

import json
import re
from html.parser import HTMLParser
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader
from markupsafe import escape

from services.web.page.assets import FOLDER as STATIC
from services.web.page.formats import Formats
from services.web.page.templates import FOLDER as TEMPLATES
from services.web.reader.asked import FACETS, Asked, is_tidy
from services.web.reader.atlas import Atlas, shade
from services.web.reader.chart import WIDTH, bars
from services.web.reader.cite import bibtex, in_words, ris, source_of
from services.web.reader.found import facets_of
from services.web.reader.linked import embedded
from services.web.reader.marks import marked
from services.web.reader.outlines import area, clipped, inmost, path, simplified
from services.web.reader.practice import view_of

Json = dict[str, Any]

SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]


def test_an_address_is_read_and_written_the_same() -> None:
    pairs = [("q", "credits"), ("sector", "vet"), ("sector", "school"), ("country", "FI"), ("sort", "newest")]
    asked = Asked.of(pairs)
    assert asked.address() == "/search?q=credits&sector=vet&sector=school&country=FI&sort=newest"
    assert is_tidy(pairs, asked)
    assert is_tidy([*pairs, ("lang", "de")], asked)


@pytest.mark.parametrize("pair", [("q", ""), ("theme", ""), ("colour", "blue"), ("sort", "upwards"), ("q", " x ")])
def test_an_address_with_junk_is_not_tidy(pair: tuple[str, str]) -> None:
    assert not is_tidy([pair], Asked.of([pair]))


@given(st.lists(st.tuples(st.sampled_from(["q", "sort", "cursor", "lang", *FACETS, "x"]), st.text()), max_size=8))
def test_any_address_leads_to_one_that_is_tidy(pairs: list[tuple[str, str]]) -> None:
    address = Asked.of(pairs).address()
    again = parse_qsl(address.partition("?")[2], keep_blank_values=True)
    assert is_tidy(again, Asked.of(again))
    assert all(value for _, value in again)
    assert Asked.of(again).address() == address


def test_a_filter_is_taken_off_and_paging_begins_anew() -> None:
    asked = Asked.of([("sector", "vet"), ("sector", "school"), ("cursor", "abc")])
    assert asked.without("sector", "vet").address() == "/search?sector=school"
    assert asked.without("sector", "vet").without("sector", "school").address() == "/search"
    assert asked.saying("x").cursor == asked.ordered("newest").cursor == asked.unfiltered().cursor == ""


@pytest.mark.parametrize(
    "html",
    ["", "plain", "a &amp; b &lt;i&gt; &#39;&quot;", "<mark>x</mark>", "a <mark>b</mark> c <mark>d</mark>", 'say "hi"'],
)
def test_marks_stay(html: str) -> None:
    assert str(marked(html)) == html


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>", "<mark onclick=alert(1)>x</mark>", "<mark>x", "x</mark>", "<MARK>x</MARK>",
        "<mark><mark>x</mark></mark>", "<mark><b>x</b></mark>", "a & b", "&nbsp;", "<!-- -->", "<mark >x</mark>", "<",
    ],
)  # fmt: skip
def test_anything_else_is_shown_as_text(html: str) -> None:
    assert _tags(str(marked(html))) == []


@given(st.text())
def test_no_text_at_all_becomes_markup(html: str) -> None:
    assert set(_tags(str(marked(html)))) <= {"mark"}
    assert str(marked(str(escape(html)))) == str(escape(html))


def _tags(html: str) -> list[str]:
    found: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag if not attrs else f"{tag} with attributes")

    Tags().feed(html)
    return found


def _row(code: str, count: int = 1, *, selected: bool = False, broader: str | None = None) -> Json:
    return {"code": code, "label": code.upper(), "count": count, "selected": selected, "broader": broader}


def test_long_facets_fold_and_keep_what_is_chosen_in_sight() -> None:
    rows = [_row(f"c{n}") for n in range(30)] + [_row("chosen", selected=True)]
    (facet,) = facets_of({"country": rows})
    assert facet.first[0].code == "chosen"
    assert len(facet.first) == 6
    assert len(facet.more) == 25
    assert facet.is_open
    (short,) = facets_of({"country": [_row(f"c{n}") for n in range(7)]})
    assert not short.more, "one value more is shown rather than folded"
    assert not short.is_open


def test_a_facet_without_bound_is_cut_and_says_how_much() -> None:
    (facet,) = facets_of({"organisation": [_row(f"o{n}") for n in range(500)]})
    assert len(facet.first) + len(facet.more) == 60
    assert facet.beyond == 440


def test_parts_of_the_world_follow_the_whole_they_lie_in() -> None:
    rows = [_row("150"), _row("142"), _row("039", broader="150"), _row("030", broader="142")]
    (facet,) = facets_of({"region": rows})
    assert [(value.code, value.inner) for value in facet.first] == [
        ("150", False), ("039", True), ("142", False), ("030", True),
    ]  # fmt: skip


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_bars_stay_in_the_drawing_and_begin_at_nought(before: float, now: float) -> None:
    drawn = bars(before, now)
    if drawn is None:
        assert before == now == 0
        return
    for bar in (drawn.before, drawn.now):
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH + 0.51
    if before > 0 and now > 0:
        assert drawn.before.x == drawn.now.x == 0
        assert (drawn.before.width <= drawn.now.width) == (before <= now) or abs(before - now) / max(before, now) < 0.01


@pytest.mark.parametrize("value", ["not asked", None, True])
def test_words_are_not_drawn(value: object) -> None:
    assert bars(value, 3) is None
    assert bars(3, value) is None


def _practice(**content: Any) -> Json:
    return {
        "id": "p1", "version": 2, "kind": "practice", "state": "live", "languages": ["ar", "en", "fr"],
        "published_at": "2026-03-01T12:00:00Z", "first_published_at": "2025-03-01T12:00:00Z", "review_by": "2028-03-01",
        "content": {
            "source_language": "ar",
            "title": {"ar": {"text": "عنوان"}, "en": {"text": "100% & {more}"}, "fr": {"text": "Titre"}},
            "summary": {"fr": {"text": "Résumé", "provenance": "machine"}, "en": {"text": "A", "provenance": "human"}},
            "context": {"ar": {"text": "سياق"}},
            "authors": [{"name": "Ana\nExample"}, {"name": "Bo Li"}],
            "licence": "CC-BY-4.0",
        } | content,
    }  # fmt: skip


def test_the_text_comes_in_the_language_asked_for_else_the_pages_else_its_own() -> None:
    assert view_of(_practice(), Formats("en"), "fr").title.text == "Titre"
    assert view_of(_practice(), Formats("en"), None).title.text == "100% & {more}"
    assert view_of(_practice(), Formats("de"), None).title.language == "ar"
    assert view_of(_practice(), Formats("de"), "xx").reading.tag == "ar"
    spoken = {one.tag: one.provenance for one in view_of(_practice(), Formats("en"), None).languages}
    assert spoken == {"ar": "original", "en": "human", "fr": "machine"}


def test_what_is_not_said_in_the_language_is_shown_in_its_own() -> None:
    (section,) = view_of(_practice(), Formats("en"), "fr").sections
    assert section.text
    assert section.text.language == "ar"


def test_citations_hold_every_part_on_one_line_each() -> None:
    source = source_of(view_of(_practice(), Formats("en"), None), "https://pe.example")
    words = "".join(in_words(source, "Version 2"))
    assert words.endswith("Version 2. Practice Exchange. CC-BY-4.0. https://pe.example/practices/p1/versions/2")
    entry = bibtex(source)
    assert r"title = {{100\% \& \textbraceleft{}more\textbraceright{}}}" in entry
    assert "author = {{Ana Example} and {Bo Li}}" in entry
    lines = ris(source).split("\r\n")
    assert lines[0] == "TY  - ELEC"
    assert lines[-2:] == ["ER  - ", ""]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines[:-1])
    assert "AU  - Ana Example" in lines


@pytest.mark.parametrize("title", ["A } and no more", "{ A", "}}, note = {x}, title = {{", "Both {of} them", "\\} \\{"])
def test_braces_in_a_text_do_not_end_its_field(title: str) -> None:
    practice = _practice()
    practice["content"]["title"] = {"en": {"text": title, "provenance": "original"}}
    entry = bibtex(source_of(view_of(practice, Formats("en"), None), "https://pe.example"))
    depths = list(accumulate(entry, lambda depth, sign: depth + {"{": 1, "}": -1}.get(sign, 0), initial=0))
    assert depths[-1] == 0
    assert depths.index(0, entry.index("{") + 2) == len(entry.rstrip())  # the entry ends at its end and not before
    assert all(depths[line.start()] == 1 for line in re.finditer(r"  \w+ = ", entry))


@given(st.recursive(st.text(), lambda inner: st.dictionaries(st.text(), inner, max_size=3), max_leaves=5))
def test_linked_data_cannot_end_its_script(value: Any) -> None:
    text = str(embedded({"headline": value, "abstract": "</script><!--"}))
    assert "<" not in text
    assert json.loads(text)["headline"] == value


def test_the_map_has_every_country_of_the_union_and_most_of_the_world() -> None:
    maps = json.loads((Path(__file__).parents[2] / "services/web/reader/map.json").read_text("utf-8"))
    union = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
    assert set(union.split()) <= maps["europe"]["places"].keys()
    assert not maps["europe"]["places"].keys() & maps["world"]["places"].keys()
    assert len(maps["world"]["places"]) > 170
    for name, drawn in maps.items():
        assert (STATIC / f"map-{name}.svg").exists()
        for place in drawn["places"].values():
            assert 0 <= place["x"] <= drawn["width"]
            assert 0 <= place["y"] <= drawn["height"]


def test_countries_with_practices_are_drawn_the_fewest_first() -> None:
    countries = [_row("FR", 8), _row("MT", 1), _row("JP", 2), _row("XX", 3)]
    europe, world = Atlas().plans(countries)
    assert [(place.name, place.count) for place in europe.places] == [("MT", 1), ("FR", 8)]
    assert not europe.places[0].outline, "so small that a dot stands for it"
    assert europe.places[1].outline.startswith("M")
    assert [place.address for place in world.places] == ["/search?country=JP"]


def test_shades_double() -> None:
    assert [shade(count, 16) for count in (1, 2, 3, 4, 5, 8, 9, 16)] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert shade(1, 1) == 4


def test_outlines_are_simplified_clipped_and_written() -> None:
    assert simplified([(0, 0), (5, 0.1), (10, 0)], 0.5) == [(0, 0), (10, 0)]
    assert simplified([(0, 0), (5, 3), (10, 0)], 0.5) == [(0, 0), (5, 3), (10, 0)]
    assert area(clipped(SQUARE, (5, 5, 20, 20))) == 25
    assert clipped(SQUARE, (20, 20, 30, 30)) == []
    assert path([SQUARE]) == "M0 0l10 0 0 10-10 0z"
    x, y = inmost(SQUARE)
    assert 4 < x < 6
    assert 4 < y < 6


def test_an_address_that_is_no_web_address_is_no_link() -> None:
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    outward = templates.get_template("reader/_outward.html").module.outward  # type: ignore[attr-defined]
    for address in ("javascript:alert(1)", "data:text/html,x", "//evil.example", " https://x", "", None):
        html = str(outward(address, "<i>Click"))
        assert "href" not in html
        assert "&lt;i&gt;Click" in html
    assert 'href="https://x.example/?a=1&amp;b=&#34;"' in str(outward('https://x.example/?a=1&b="', "x"))


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "3 Apr 2026, 17:08 UTC"), ("fr", "3 avr. 2026, 17:08 UTC"), ("de", "3. Apr. 2026, 17:08 UTC")],
)
def test_a_moment_is_written_as_each_language_writes_it(language: str, told: str) -> None:
    assert Formats(language).moment("2026-04-03T17:08:59+00:00") == told
