"""Files and citations, read by the programs of others: csv, bibtexparser, rispy, a JSON-LD processor."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware
from pyld import jsonld

from services.web.calls.vocabularies import Term
from services.web.page.formats import Formats
from services.web.reader.asked import Asked
from services.web.reader.cite import source_of
from services.web.reader.linked import embedded, linked_data
from services.web.reader.practice import view_of
from services.web.reuse.addresses import export_addresses, feed_address
from services.web.reuse.export_pages import Results, everything
from services.web.reuse.exports import COLUMNS, LISTS, MOST, Bibtex, Csv, Form, Found, JsonList, Reading, Ris
from services.web.reuse.styles import STYLES, csl_json, styled

Json = dict[str, Any]
ORIGIN = "https://pe.example"
TODAY = date(2026, 4, 5)
TITLES = (
    "Plain",
    "{braces} } unbalanced { and \\backslash",
    "$5, 100% of R&D_x #1 ~a ^b",
    "“Ünïcödé” – سياق 日本語 \U0001f600",
    'He said "no", then\nleft; twice',
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "ER  - \r\nTY  - JOUR",
    "title = {x}, author",
)


def practice(title: str, number: int = 1, **content: Any) -> Json:
    return {
        "id": f"p{number}", "version": 2, "kind": "practice", "state": "live", "languages": ["en"], "attachments": [],
        "published_at": "2026-03-01T12:00:00Z", "first_published_at": "2025-03-01T12:00:00Z", "review_by": "2028-03-01",
        "content": {
            "source_language": "en",
            "title": {"en": {"text": title}},
            "summary": {"en": {"text": "-1 and\n\n+2"}},
            "authors": [{"name": "Ana Example and Co"}, {"name": "Bo {Li}"}],
            "lead_organisation": {"name": "School & Sons"},
            "sectors": ["vet"], "themes": ["digital", "green"], "countries": ["FI", "PT"], "licence": "CC-BY-4.0",
        } | content,
    }  # fmt: skip


def terms(*names: str) -> dict[str, dict[str, Term]]:
    labels = {"vet": "Vocational", "digital": "Digital teaching", "practice": "Good practice"}
    return {name: {code: Term(code=code, label=label, meaning="") for code, label in labels.items()} for name in names}


READING = Reading(formats=Formats("en"), terms=terms(*LISTS), origin=ORIGIN)
ALL = [practice(title, number) for number, title in enumerate(TITLES)]


def written(form: Form) -> str:
    rows = [form.row(one, READING) for one in ALL]
    return form.head(Found(total=len(ALL))) + "".join(rows) + form.foot()


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_table_is_read_as_it_was_meant_and_runs_nothing() -> None:
    rows = list(csv.DictReader(io.StringIO(written(Csv()), newline="")))
    assert [row["title"].removeprefix("'") for row in rows] == list(TITLES)
    assert list(rows[0]) == list(COLUMNS)
    for row in rows:
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row.values())
    assert rows[6]["title"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["summary"] == "'-1 and\n\n+2"
    expected = {
        "sectors": "Vocational",
        "themes": "Digital teaching; green",
        "theme_codes": "digital; green",
        "countries": "Finland; Portugal",
        "authors": "Ana Example and Co; Bo {Li}",
        "address": f"{ORIGIN}/practices/p0",
        "kind": "Good practice",
    }
    assert {name: rows[0][name] for name in expected} == expected


def test_a_table_for_spreadsheets_begins_by_telling_its_encoding() -> None:
    assert written(Csv(bom=True)).encode().startswith(b"\xef\xbb\xbfid,version,")
    assert written(Csv()).startswith("id,version,")


def test_json_holds_the_practices_whole() -> None:
    assert json.loads(written(JsonList())) == {"total": len(ALL), "given": len(ALL), "items": ALL}
    empty = JsonList()
    assert json.loads(empty.head(Found(total=0)) + empty.foot()) == {"total": 0, "given": 0, "items": []}
    assert Found(total=MOST + 5).given == MOST


def test_bibtex_is_read_by_a_parser_of_others() -> None:
    library = parse_string(written(Bibtex()), append_middleware=[LatexDecodingMiddleware()])
    assert not library.failed_blocks
    assert len(library.entries) == len(TITLES)
    # The parser's table gives the modifier letter for \textasciicircum.
    titles = [re.sub("[{}]", "", entry["title"]).replace("\u02c6", "^") for entry in library.entries]
    assert titles == [re.sub("[{}]", "", one_line(title)) for title in TITLES]
    assert r"author = {{Ana Example and Co} and {Bo \textbraceleft{}Li\textbraceright{}}}" in written(Bibtex())
    assert library.entries[3]["url"] == f"{ORIGIN}/practices/p3/versions/2"


def test_ris_is_read_by_a_parser_of_others() -> None:
    records = rispy.loads(written(Ris()))
    assert [record["title"] for record in records] == [one_line(title) for title in TITLES]
    assert records[0]["authors"] == ["Ana Example and Co", "Bo {Li}"]
    assert {record["type_of_reference"] for record in records} == {"ELEC"}


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("title", TITLES)
def test_citations_show_texts_as_texts_in_every_style(title: str, language: str) -> None:
    source = source_of(view_of(practice(title), Formats("en"), None), ORIGIN)
    cited = styled(source, language, TODAY)
    assert [one.style for one in cited] == list(STYLES)
    for one in cited:
        for tag in ("<i>", "</i>", "<b>", "</b>"):
            assert one.text.count(tag) <= 3
        left = one.text.replace("<i>", "").replace("</i>", "").replace("<b>", "").replace("</b>", "")
        assert "<" not in left
        assert ">" not in left
        assert "Ana Example and Co" in one.text
        assert "2026" in one.text
        assert source.address in one.text


def test_each_style_is_its_own() -> None:
    source = source_of(view_of(practice("Shadow weeks & <b>more</b>"), Formats("en"), None), ORIGIN)
    cited = {one.name: str(one.text) for one in styled(source, "en", TODAY)}
    assert cited["APA"] == (
        "Ana Example and Co, &amp; Bo {Li}. (2026, March 1). <i>Shadow weeks &amp; &lt;b&gt;more&lt;/b&gt;</i>."
        f" School &amp; Sons. Practice Exchange. {ORIGIN}/practices/p1/versions/2"
    )
    assert "Available from" in cited["Vancouver"]
    assert cited["Harvard"].endswith(f"Available at: {ORIGIN}/practices/p1/versions/2 (Accessed: 5 April 2026).")
    assert "[cited 2026 Apr 5]" in cited["Vancouver"]
    assert "“Shadow Weeks" in cited["Chicago"]
    assert "“Shadow Weeks" in cited["MLA"]
    assert cited["Vancouver"].startswith("Ana Example and Co, Bo {Li}.")
    assert len(set(cited.values())) == len(STYLES)
    assert "Disponible sur" in {one.name: str(one.text) for one in styled(source, "fr", TODAY)}["Harvard"]


def test_csl_json_has_whole_names_and_the_day() -> None:
    item = csl_json(source_of(view_of(practice("Shadow weeks"), Formats("en"), None), ORIGIN))
    assert item["author"] == [{"literal": "Ana Example and Co"}, {"literal": "Bo {Li}"}]
    assert item["issued"] == {"date-parts": [[2026, 3, 1]]}
    nobody = csl_json(
        source_of(view_of(practice("T", authors=[], lead_organisation=None), Formats("en"), None), ORIGIN)
    )
    assert nobody["author"] == [{"literal": "Practice Exchange"}]


@pytest.mark.parametrize("most", [1, 4, 5, 9, 10, 11, 100])
async def test_everything_found_is_given_up_to_the_bound(most: int) -> None:
    ids = [f"p{number}" for number in range(10)]
    asked: list[str] = []

    async def search(cursor: str) -> Results:
        asked.append(cursor)
        start = int(cursor or "0")
        return Results(total=10, ids=ids[start : start + 4], next=str(start + 4) if start + 4 < 10 else None)

    async def practices(some: list[str]) -> list[Json]:
        return [{"id": one} for one in some if one != "p3"]  # taken down meanwhile

    given = [one["id"] async for one in everything(await search(""), search, practices, most=most)]
    assert given == [one for one in ids[:most] if one != "p3"]
    assert len(asked) == min(3, -(-most // 4))


def test_a_search_leads_to_its_feed_and_its_files() -> None:
    asked = Asked.of([("country", "FI"), ("country", "PT"), ("sector", "vet"), ("sort", "newest")])
    assert feed_address(asked, "fr") == "/feed.atom?sector=vet&country=FI&country=PT&lang=fr"
    assert feed_address(None, "en") == "/feed.atom?lang=en"
    assert feed_address(Asked.of([("q", "credits")]), "en") is None
    assert feed_address(Asked.of([("country", "FI"), ("year", "2024")]), "en") is None
    files = export_addresses(asked)
    assert files["csv"] == "/search/export.csv?bom=1&sector=vet&country=FI&country=PT&sort=newest"
    assert files["ris"] == "/search/export.ris?sector=vet&country=FI&country=PT&sort=newest"
    assert export_addresses(Asked.of([]))["json"] == "/search/export.json"


SCHEMA = "https://schema.org/"
# What schema.org's own context does for the terms used here: everything is a term of the vocabulary, addresses are ids.
CONTEXT: Json = {
    "@context": {
        "@vocab": SCHEMA,
        **{name: {"@id": SCHEMA + name, "@type": "@id"} for name in ("url", "license", "isBasedOn", "contentUrl")},
        **{name: {"@id": SCHEMA + name, "@type": SCHEMA + "DateTime"} for name in ("datePublished", "dateModified")},
    }
}


def context(url: str, options: Json) -> Json:
    del options
    assert url.rstrip("/") == "https://schema.org"
    return {"contextUrl": None, "documentUrl": url, "document": CONTEXT}


def expanded(document: Json) -> Json:
    """Read it as it stands in the page."""
    (node,) = jsonld.expand(json.loads(str(embedded(document))), {"documentLoader": context})
    found: Json = node
    return found


def test_linked_data_says_what_it_is_to_a_processor_of_others() -> None:
    one = practice("Shadow </script> weeks", target_groups=["teachers"], period={"start": "2024-01-01"})
    one["attachments"] = [{"id": "a1", "name": "plan.pdf", "media_type": "application/pdf", "bytes": 12}]
    names = terms("kinds", "themes", "sectors", "target-groups")
    view = view_of(one, Formats("en"), None)
    node = expanded(linked_data(view, ORIGIN, names, Formats("en"), latest=2))

    def value(name: str, key: str = "@value") -> Any:
        return node[SCHEMA + name][0][key]

    assert node["@id"] == f"{ORIGIN}/practices/p1"
    assert node["@type"] == [f"{SCHEMA}Article"]
    assert value("headline") == "Shadow </script> weeks"
    assert value("license", "@id") == "https://creativecommons.org/licenses/by/4.0/"
    assert (value("inLanguage"), value("version")) == ("en", 2)
    assert (value("datePublished"), value("dateModified")) == ("2025-03-01T12:00:00Z", "2026-03-01T12:00:00Z")
    assert value("isPartOf", "@id") == f"{ORIGIN}/"
    about = [(one[f"{SCHEMA}termCode"][0]["@value"], one["@type"]) for one in node[f"{SCHEMA}about"]]
    assert about == [(code, [f"{SCHEMA}DefinedTerm"]) for code in ("digital", "green", "vet")]
    places = [one[f"{SCHEMA}identifier"][0]["@value"] for one in node[f"{SCHEMA}spatialCoverage"]]
    assert places == ["FI", "PT"]
    people = [(one["@type"], one[f"{SCHEMA}name"][0]["@value"]) for one in node[f"{SCHEMA}author"]]
    assert people[0] == ([f"{SCHEMA}Person"], "Ana Example and Co")
    assert value("associatedMedia", f"{SCHEMA}contentUrl") == [{"@id": f"{ORIGIN}/practices/p1/files/a1"}]
    assert f"{SCHEMA}exampleOfWork" not in node


def test_an_earlier_version_is_another_thing_than_the_practice() -> None:
    names = terms("kinds", "themes", "sectors", "target-groups")
    view = view_of(practice("T", authors=[]), Formats("en"), None)
    node = expanded(linked_data(view, ORIGIN, names, Formats("en"), latest=3))
    assert node["@id"] == f"{ORIGIN}/practices/p1/versions/2"
    assert node[f"{SCHEMA}exampleOfWork"] == [{"@id": f"{ORIGIN}/practices/p1"}]
    assert node[f"{SCHEMA}author"][0]["@type"] == [f"{SCHEMA}Organization"]
