"""OAI-PMH: every verb and every error, valid by the schemas."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from services.syndication.oai.datestamps import SETTLED, changed_after, changed_until, datestamp
from services.syndication.oai.dublin_core import DC
from services.syndication.oai.mods import MODS
from services.syndication.xml import LANG, Element
from tests.services.syndication.harvested import O, checked, codes, ids, token
from tests.services.syndication.outlets import NASTY, Outlets
from tests.services.syndication.saying import NOW

D, M = f"{{{DC}}}", f"{{{MODS}}}"
FULL: dict[str, Any] = {
    "title": {"pt-BR": {"text": "Semanas"}, "en": {"text": NASTY}},
    "summary": {"en": {"text": f"One.\n\n{NASTY}\x0c"}, "pt-BR": {"text": "Um."}},
    "source_language": "pt-BR",
    "authors": [{"name": "Aino Virtanen", "organisation": "School"}, {"name": "<b>Bo</b>"}],
    "partner_organisations": [{"name": "Turku & Co"}],
    "target_groups": ["teachers"],
    "policy_links": ["etf-2030"],
    "fora": ["epale"],
    "evidence_level": "promising",
    "period": {"start": "2024-01-01", "end": "2025-06-30"},
    "programme": {
        "programme": "Erasmus+",
        "project_id": "2019-1-FR01-KA203-061970",
        "project_card": "https://ec.europa.eu/project?a=1&b=2",
    },
    "links": [{"url": "https://example.org/?q=<x>", "label": "More"}, {"label": "no address"}],
    "declarations": {"funding": "EU"},
}


async def ask(out: Outlets, **query: str) -> Element:
    names = {"from_": "from", "set_": "set", "prefix": "metadataPrefix", "token": "resumptionToken"}
    sent = {names.get(name, name): value for name, value in query.items()}
    root = checked(await out.client.get("/oai", params=sent))
    by_form = checked(await out.client.post("/oai", data=sent))
    assert etree.tostring(root) == etree.tostring(by_form)
    return root


async def settle(out: Outlets) -> None:
    out.clock.on(seconds=SETTLED.total_seconds() + 1)


async def test_identify_tells_what_kind_of_repository_this_is(out: Outlets) -> None:
    await out.publish("p1")
    root = await ask(out, verb="Identify")
    told = {one.tag.removeprefix(O): one.text for one in root[2]}
    assert told == {
        "repositoryName": "Practice Exchange",
        "baseURL": "http://127.0.0.1:8106/oai",
        "protocolVersion": "2.0",
        "adminEmail": "postmaster@practice-exchange.eu",
        "earliestDatestamp": "2026-03-09T14:01:05Z",
        "deletedRecord": "persistent",
        "granularity": "YYYY-MM-DDThh:mm:ssZ",
        "compression": "gzip",
        "description": None,
    }
    scheme = root[2][-1][0]
    assert [one.text for one in scheme][:3] == ["oai", "practice-exchange.eu", ":"]
    assert root[1].items() == [("verb", "Identify")]
    assert root[1].text == "http://127.0.0.1:8106/oai"


@pytest.mark.parametrize("prefix", ["oai_dc", "mods"])
async def test_a_record_is_valid_in_each_format(out: Outlets, prefix: str) -> None:
    await out.publish("p1", **FULL)
    await out.publish("p2", title={}, lead_organisation=None, licence=None)
    await settle(out)
    root = await ask(out, verb="ListRecords", prefix=prefix)
    assert ids(root) == ["p1", "p2"]
    alone = await ask(out, verb="GetRecord", prefix=prefix, identifier="oai:practice-exchange.eu:p1")
    assert etree.tostring(alone[2][0]) == etree.tostring(root[2][0])
    header = alone[2][0][0]
    assert header.findtext(f"{O}datestamp") == "2026-03-09T14:01:05Z"
    assert [one.text for one in header.iter(f"{O}setSpec")] == [
        "kind:practice",
        "sector:adult",
        "theme:staff-mobility",
        "country:FI",
        "language:pt:BR",
        "language:en",
    ]


async def test_dublin_core_has_every_language_and_no_markup(out: Outlets) -> None:
    one = await out.publish("p1", **FULL)
    await settle(out)
    record = (await ask(out, verb="GetRecord", prefix="oai_dc", identifier="oai:practice-exchange.eu:p1"))[2][0][1][0]
    titles = [(title.get(LANG), title.text) for title in record.iter(f"{D}title")]
    assert titles == [("pt-BR", "Semanas"), ("en", NASTY)]
    assert [text.text for text in record.iter(f"{D}description")][1] == f"One.\n\n{NASTY}"
    values = {name: [one.text for one in record.iter(f"{D}{name}")] for name in ("creator", "identifier", "rights")}
    assert values == {
        "creator": ["Aino Virtanen", "<b>Bo</b>"],
        "identifier": [one.address],
        "rights": ["https://creativecommons.org/licenses/by/4.0/"],
    }
    assert "https://ec.europa.eu/project?a=1&b=2" in [one.text for one in record.iter(f"{D}relation")]


async def test_mods_tells_who_did_what(out: Outlets) -> None:
    await out.publish("p1", **FULL)
    await settle(out)
    record = (await ask(out, verb="GetRecord", prefix="mods", identifier="oai:practice-exchange.eu:p1"))[2][0][1][0]
    names = [(one.findtext(f"{M}namePart"), one.findtext(f"{M}role/{M}roleTerm")) for one in record.iter(f"{M}name")]
    assert names == [
        ("Aino Virtanen", "aut"),
        ("<b>Bo</b>", "aut"),
        ("Evening School of Turku", "his"),
        ("Turku & Co", "ctb"),
    ]
    assert record.findtext(f"{M}accessCondition") == "Creative Commons Attribution 4.0"


async def test_a_practice_that_was_taken_down_stays_as_deleted(out: Outlets) -> None:
    await out.publish("p1")
    await out.take_down("p1")
    await settle(out)
    for verb in ("ListRecords", "ListIdentifiers"):
        root = await ask(out, verb=verb, prefix="oai_dc", set_="country:FI")
        assert ids(root) == ["-p1"]
        assert root.find(f".//{O}metadata") is None
    one = await ask(out, verb="GetRecord", prefix="mods", identifier="oai:practice-exchange.eu:p1")
    assert ids(one) == ["-p1"]
    formats = await ask(out, verb="ListMetadataFormats", identifier="oai:practice-exchange.eu:p1")
    assert [row.text for row in formats.iter(f"{O}metadataPrefix")] == ["oai_dc", "mods"]


async def test_sets_divide_and_hold_one_another(out: Outlets) -> None:
    await out.publish("fi", sectors=["adult", "school"])
    await out.publish("pt", countries=["PT"], title={"pt-BR": {"text": "Semanas"}}, kind="lesson_learned")
    await settle(out)
    listed = await ask(out, verb="ListSets")
    names = {row.findtext(f"{O}setSpec"): row.findtext(f"{O}setName") for row in listed.iter(f"{O}set")}
    assert names["country:PT"] == "Portugal"
    assert {"kind", "kind:lesson_learned", "sector:school", "language:pt", "language:pt:BR"} <= set(names)

    async def within(spec: str) -> set[str]:
        root = await ask(out, verb="ListIdentifiers", prefix="oai_dc", set_=spec)
        assert codes(root) in ([], ["noRecordsMatch"])
        return set(ids(root))

    both = {"fi", "pt"}
    expected = {
        "kind": both,
        "kind:lesson_learned": {"pt"},
        "sector:school": {"fi"},
        "country": both,
        "country:FI": {"fi"},
        "language:pt": {"pt"},
        "language:pt:BR": {"pt"},
        "language:pt:PT": set(),
        "country:XX": set(),
        "nothing": set(),
    }
    assert {spec: await within(spec) for spec in expected} == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        ("verb=identify", "badVerb"),
        ("verb=Identify&verb=ListSets", "badVerb"),
        ("verb=%00%ff<x>", "badVerb"),
        ("verb=Identify&x=1", "badArgument"),
        ("verb=GetRecord&identifier=oai:practice-exchange.eu:p1", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=%3Cx%3E", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=a%20b", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-03-09T14:00:00", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-03-09T14:00:00.5Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-03-09&until=2026-03-09T14:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-03-10&until=2026-03-09", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        (f"verb=ListRecords&metadataPrefix={'x' * 3000}", "badArgument"),
        ("&".join(["verb=ListRecords", *(f"a{number}=1" for number in range(80))]), "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
        ("verb=GetRecord&metadataPrefix=marc21&identifier=oai:practice-exchange.eu:p1", "cannotDisseminateFormat"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:practice-exchange.eu:none", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=p1", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=%00 %3Cb%3E", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:practice-exchange.eu:a%00b", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=oai:elsewhere.org:p1", "idDoesNotExist"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=2001-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2030-01-01", "noRecordsMatch"),
        ("verb=ListIdentifiers&metadataPrefix=oai_dc&set=country:DE", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=abc", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=%C3%BC%00", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=abc", "badResumptionToken"),
    ],
)
async def test_what_is_wrong_is_told_in_the_protocols_words(out: Outlets, query: str, code: str) -> None:
    await out.publish("p1")
    await settle(out)
    form = {"content-type": "application/x-www-form-urlencoded"}
    for answer in (await out.client.get(f"/oai?{query}"), await out.client.post("/oai", content=query, headers=form)):
        root = checked(answer)
        assert codes(root) == [code]
        assert root.findtext(f"{O}error")
        if code in {"badVerb", "badArgument"}:
            assert not root[1].attrib
        else:
            assert root[1].get("verb")


async def test_a_body_of_another_kind_is_refused_in_the_protocols_words(out: Outlets) -> None:
    assert codes(checked(await out.client.post("/oai", json={"verb": "Identify"}))) == ["badVerb"]
    assert codes(checked(await out.client.post("/oai"))) == ["badVerb"]
    large = await out.client.post("/oai", data={"verb": "x" * 2_000_000})
    assert large.status_code == 413


async def test_days_and_seconds_are_both_inclusive(out: Outlets) -> None:
    for practice_id, at in (
        ("p1", NOW),  # 14:01:05 by its datestamp
        ("p2", NOW + timedelta(milliseconds=500)),  # 14:01:06
        ("p3", NOW + timedelta(days=1)),
    ):
        out.clock.now = at
        await out.publish(practice_id)
    out.clock.on(days=1)

    async def between(**query: str) -> list[str]:
        return ids(await ask(out, verb="ListIdentifiers", prefix="oai_dc", **query))

    assert await between(from_="2026-03-09T14:01:05Z", until="2026-03-09T14:01:05Z") == ["p1"]
    assert await between(from_="2026-03-09T14:01:06Z", until="2026-03-09T14:01:06Z") == ["p2"]
    assert await between(from_="2026-03-09T14:01:07Z") == ["p3"]
    assert await between(until="2026-03-09") == ["p1", "p2"]
    assert await between(from_="2026-03-10", until="2026-03-10") == ["p3"]
    assert await between(from_="0001-01-01", until="9999-12-31") == ["p1", "p2", "p3"]


async def test_what_is_not_settled_is_not_listed_and_has_a_later_datestamp(out: Outlets) -> None:
    """A transaction that began before an answer may commit after it: no answer may claim to be past it."""
    await out.publish("p1")
    out.clock.on(seconds=64)
    assert codes(await ask(out, verb="ListRecords", prefix="oai_dc")) == ["noRecordsMatch"]
    out.clock.on(seconds=1)
    root = await ask(out, verb="ListRecords", prefix="oai_dc")
    assert ids(root) == ["p1"]
    assert root.findtext(f".//{O}datestamp") == root.findtext(f"{O}responseDate")


@pytest.mark.parametrize("milliseconds", [0, 1, 499, 999])
def test_datestamps_and_the_range_of_changes_agree(milliseconds: int) -> None:
    changed = datetime(2026, 3, 9, 23, 59, 59, milliseconds * 1000, tzinfo=UTC)
    stamp = datestamp(changed)
    assert stamp - changed >= SETTLED
    assert changed_after(stamp) < changed <= changed_until(stamp)
    assert not changed_after(stamp + timedelta(seconds=1)) < changed
    assert not changed <= changed_until(stamp - timedelta(seconds=1))


async def test_answers_are_compressed_for_who_takes_it(out: Outlets) -> None:
    for number in range(3):
        await out.publish(f"p{number}")
    await settle(out)
    path = "/oai?verb=ListRecords&metadataPrefix=mods"
    plain = await out.client.get(path, headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers
    small = await out.client.get(path, headers={"accept-encoding": "br, gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert small.content == plain.content
    assert int(small.headers["content-length"]) == len(gzip.compress(plain.content, 6)) < len(plain.content)


async def test_a_list_in_parts_tells_how_far_it_is(out: Outlets) -> None:
    for number in range(7):
        await out.publish(f"p{number}")
    await settle(out)
    root = await ask(out, verb="ListRecords", prefix="oai_dc")
    found, told = ids(root), []
    while True:
        told.append(root.find(f".//{O}resumptionToken"))
        if not token(root):
            break
        root = await ask(out, verb="ListRecords", token=token(root))
        found += ids(root)
    assert found == [f"p{number}" for number in range(7)]
    assert [(one.get("cursor"), one.get("completeListSize")) for one in told if one is not None] == [
        ("0", "7"),
        ("3", "7"),
        ("6", "7"),
    ]
    assert told[0] is not None
    assert told[0].get("expirationDate") == "2026-03-10T14:01:06Z"


async def test_tokens_are_for_their_verb_for_a_day_and_as_they_were(out: Outlets) -> None:
    for number in range(7):
        await out.publish(f"p{number}")
    await settle(out)
    good = token(await ask(out, verb="ListRecords", prefix="oai_dc"))
    first = "A" if good[0] != "A" else "B"
    for wrong in (f"{first}{good[1:]}", good[:-2], f"{good}AAAA"):
        assert codes(await ask(out, verb="ListRecords", token=wrong)) == ["badResumptionToken"]
    assert codes(await ask(out, verb="ListIdentifiers", token=good)) == ["badResumptionToken"]
    assert ids(await ask(out, verb="ListRecords", token=good)) == ["p3", "p4", "p5"]
    out.clock.on(hours=24)
    late = await ask(out, verb="ListRecords", token=good)
    assert codes(late) == ["badResumptionToken"]
    assert "expired" in late.findtext(f"{O}error", "")
