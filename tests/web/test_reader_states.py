"""The reader's pages in states that a running site comes to seldom: stale, behind, half away, very many."""

import gzip
from types import SimpleNamespace
from typing import Any

import pytest

from services.web.calls.vocabularies import Term
from services.web.page.assets import Assets
from services.web.page.formats import Formats
from services.web.page.languages import load_words
from services.web.page.templates import Templates
from services.web.reader.asked import FACETS, Asked
from services.web.reader.atlas import Atlas
from services.web.reader.cite import in_words, source_of
from services.web.reader.found import page_of
from services.web.reader.linked import LICENCES
from services.web.reader.practice import record, view_of
from services.web.reader.practice_pages import LISTS
from services.web.reuse.addresses import export_addresses
from shared.http.access import Role
from shared.vocabulary import Vocabularies, vocabulary
from tests.contents import complete_content

Json = dict[str, Any]
ORIGIN = "https://pe.example"


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(load_words(), Assets())


def _rendered(templates: Templates, name: str, path: str, **context: Any) -> str:
    site = SimpleNamespace(settings=SimpleNamespace(origin=ORIGIN))
    whole: Json = {
        "visit": SimpleNamespace(site=site, is_a=lambda *_: False),
        "person": None,
        "Role": Role,
        "path": path,
        "address": lambda **_: path,
        "csrf": "",
        "once": str,
        "unread": None,
        "told": [],
        "terms": {name: _terms(name) for name in LISTS},
        "feed": "",
        "exports": export_addresses(Asked(chosen={})),
        "most": 0,
    }
    return templates.render(name, "en", whole | context)


def _terms(name: str) -> dict[str, Term]:
    known = vocabulary(name)
    return {code: Term(code=code, label=known.label(code, "en"), meaning="") for code in known.usable}


def _practice(**changes: Any) -> Json:
    return {
        "id": "p1", "version": 2, "kind": "practice", "state": "live", "languages": ["en"], "attachments": [],
        "published_at": "2024-03-01T12:00:00Z", "first_published_at": "2023-03-01T12:00:00Z", "review_by": "2026-03-01",
        "content": complete_content(),
    } | changes  # fmt: skip


def _page(templates: Templates, practice: Json) -> str:
    view = view_of(practice, Formats("en"), None)
    versions = [
        {"version": n, "published_at": practice["published_at"], "changed": [{"pointer": "/title", "label": "Title"}]}
        for n in (2, 1)
    ]
    return _rendered(
        templates,
        "reader/practice.html",
        "/practices/p1",
        view=view,
        chosen=False,
        content=record(view.content),
        versions=versions,
        more_versions=True,
        latest=2,
        related=[],
        here="/practices/p1",
        origin=ORIGIN,
        citation=in_words(source_of(view, ORIGIN), "Version 2"),
        licences=LICENCES,
        linked="{}",
    )


def test_a_practice_nobody_confirmed_says_so(templates: Templates) -> None:
    html = _page(templates, _practice(state="stale"))
    assert "Due for a check." in html
    assert "confirm by 1 March 2026" in html
    assert "Due for a check." not in _page(templates, _practice())


def test_a_practice_with_the_least_there_can_be_is_shown(templates: Templates) -> None:
    html = _page(templates, _practice(content={"source_language": "en", "title": {"en": {"text": "Only a title"}}}))
    assert "Only a title</h1>" in html


def test_a_code_that_is_no_longer_in_its_list_is_shown_as_it_is(templates: Templates) -> None:
    assert "no-such-theme" in _page(templates, _practice(content=complete_content(themes=["no-such-theme"])))


def _answer(**changes: Any) -> Json:
    lag = {"events": 0, "seconds": 0.0, "connected": True}
    return {
        "items": [], "total": 0, "next": None, "sort": "relevance", "partial": False, "did_you_mean": None,
        "facets": {}, "lag": lag,
    } | changes  # fmt: skip


def _item() -> Json:
    return {
        "id": "p1", "version": 1, "kind": "practice", "state": "stale", "language": "en", "title_html": "One",
        "snippet_html": "Two", "snippet_language": "fr", "matched_languages": ["fr", "ar"], "languages": ["en", "ar"],
        "themes": [], "sectors": [], "countries": ["FR", "FI", "SE", "NO", "DK", "IS", "EE"], "organisations": [],
        "published_at": "2026-03-01T12:00:00Z",
    }  # fmt: skip


def _search(templates: Templates, **changes: Any) -> str:
    found = page_of(Asked(text="words", chosen={}), _answer(**changes))
    names = {facet: facet for facet in FACETS}
    return _rendered(templates, "reader/search.html", "/search", found=found, left_out=False, names=names)


@pytest.mark.parametrize(
    ("lag", "told"),
    [
        ({"events": 3, "seconds": 90.0, "connected": True}, True),
        ({"events": 3, "seconds": 2.0, "connected": True}, False),
        ({"events": 0, "seconds": 0.0, "connected": False}, True),
    ],
)
def test_a_search_that_is_behind_says_so_but_not_for_seconds(templates: Templates, lag: Json, told: bool) -> None:
    assert ("a little behind" in _search(templates, lag=lag)) is told


def test_results_say_in_part_stale_and_in_which_language(templates: Templates) -> None:
    html = _search(templates, items=[_item()], total=1, partial=True)
    assert "match only part of it" in html
    assert "Due for a check" in html
    assert "also found in the text in: Arabic" in html
    assert '<p class="snippet" lang="fr" dir="ltr">Two' in html
    assert "France, Finland, Sweden, Norway, Denmark and 2 more" in html


def test_home_does_without_search_and_without_submissions(templates: Templates) -> None:
    empty: Json = {"total": None, "facets": {}, "plans": (), "countries": [], "listed": 20, "latest": None}
    html = _rendered(templates, "reader/home.html", "/", **empty)
    assert "counts and the map are missing" in html
    assert "latest cannot be shown" in html
    assert 'type="search"' in html


def test_home_stays_light_with_practices_from_every_country(templates: Templates) -> None:
    labels = Vocabularies.load()["countries"]
    rows = [
        {"code": code, "label": labels.label(code, "en"), "count": 400 + n, "selected": False, "broader": None}
        for n, code in enumerate(labels.usable)
    ]
    html = _rendered(
        templates,
        "reader/home.html",
        "/",
        total=10_000,
        facets={"country": rows, "sector": [], "theme": []},
        plans=Atlas().plans(rows),
        countries=rows,
        listed=20,
        latest=[],
    )
    assert html.count("<path d=") > 100
    assert len(gzip.compress(html.encode(), 6)) < 50_000


@pytest.mark.parametrize(("in_it", "told"), [(1, True), (3, False), (0, False)])
def test_the_language_whose_results_come_first_is_told_where_there_are_others(
    templates: Templates, in_it: int, told: bool
) -> None:
    rows = [{"code": "de", "label": "German", "count": in_it, "selected": False, "broader": None}]
    spoken = {"code": "de", "label": "German"}
    html = _search(templates, total=3, items=[_item()], facets={"language": rows}, query_language=spoken, words="words")
    assert ("Results in German first" in html) is told


def test_filters_typed_among_the_words_become_boxes_ticked() -> None:
    rows = [{"code": "PT", "label": "Portugal", "count": 1, "selected": True, "broader": None}]
    found = page_of(Asked(text="words country:pt", chosen={}), _answer(words="words", facets={"country": rows}))
    assert (found.asked.text, found.asked.chosen) == ("words", {"country": ("PT",)})
