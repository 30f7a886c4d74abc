"""The Atom feed, read by feedparser and by its namespaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import feedparser
import httpx
import pytest
from lxml import etree

from services.syndication.feeds.atom import ATOM, TOMBSTONES
from shared.events.practices import Agreement, JointActionAgreed, JointActionAgreementRetracted, PracticeStale
from shared.vocabulary import vocabulary
from tests.services.syndication.outlets import NASTY, Outlets
from tests.services.syndication.saying import NOW

A, AT = f"{{{ATOM}}}", f"{{{TOMBSTONES}}}"


async def read(out: Outlets, path: str = "/feed.atom", **query: Any) -> tuple[Any, httpx.Response]:
    answer = await out.client.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/atom+xml")
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed, answer


async def test_a_feed_tells_what_was_published(out: Outlets) -> None:
    one = await out.publish(
        "p1",
        title={"en": {"text": "Shadow weeks"}, "fr": {"text": "Semaines"}},
        summary={"en": {"text": "Teachers."}, "fr": {"text": "Profs."}},
        authors=[{"name": "Aino Virtanen"}],
    )
    parsed, answer = await read(out)
    assert (parsed.version, parsed.feed.title, parsed.feed.id) == (
        "atom10",
        "Practice Exchange",
        "tag:practice-exchange.eu,2026:feed",
    )
    entry = parsed.entries[0]
    assert (entry.id, entry.title, entry.summary) == (
        "tag:practice-exchange.eu,2026:practice/p1",
        "Shadow weeks",
        "Teachers.",
    )
    assert entry.link == one.address
    assert entry.author == "Aino Virtanen"
    links = {(link.rel, link.type): link.href for link in entry.links if "type" in link}
    assert links["alternate", "application/json"] == "http://127.0.0.1:8101/practices/p1"
    assert [link.href for link in entry.links if link.rel == "license"] == [
        "https://creativecommons.org/licenses/by/4.0/"
    ]
    assert {tag.term for tag in entry.tags} == {"practice", "adult", "staff-mobility", "FI"}
    french, _ = await read(out, lang="fr")
    assert (french.entries[0].title, french.entries[0].summary) == ("Semaines", "Profs.")
    assert french.feed.subtitle.startswith("Bonnes pratiques")
    assert french.entries[0].id == entry.id
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_pages_are_followed_to_the_end_and_nothing_is_missed_or_doubled(out: Outlets) -> None:
    for number in range(7):
        out.clock.on(seconds=1)
        await out.publish(f"p{number}")
    seen: list[str] = []
    address = "/feed.atom?limit=3"
    while address:
        parsed, _ = await read(out, address)
        seen += [entry.id.rpartition("/")[2] for entry in parsed.entries]
        links = {link.rel: link.href for link in parsed.feed.links}
        assert links["first"].endswith("/feed.atom?limit=3")
        address = links.get("next", "")
        if len(seen) == 3:
            out.clock.on(seconds=1)
            await out.publish("p0")  # changes while the feed is read: it is at the top now, and in no later page
    assert seen == ["p6", "p5", "p4", "p3", "p2", "p1"]
    assert (await read(out))[0].entries[0].id.endswith("/p0")


async def test_what_was_taken_down_and_what_left_the_filter_are_tombstones(out: Outlets) -> None:
    for practice_id in ("stays", "moves", "goes"):
        await out.publish(practice_id)
    await out.publish("moves", countries=["PT"])
    await out.take_down("goes")
    await out.publish("never", countries=["DE"])
    _, answer = await read(out, country="fi")
    root = etree.fromstring(answer.content)
    kept = [entry.findtext(f"{A}id", "").rpartition("/")[2] for entry in root.iter(f"{A}entry")]
    gone = {
        one.get("ref", "").rpartition("/")[2]: one.findtext(f"{AT}comment", "")
        for one in root.iter(f"{AT}deleted-entry")
    }
    assert kept == ["stays"]
    assert set(gone) == {"moves", "goes"}
    assert all(one.get("when") for one in root.iter(f"{AT}deleted-entry"))
    assert gone["moves"] == "It no longer belongs to this feed."
    assert gone["goes"] == vocabulary("tombstone-reasons").label("rights")
    portugal, _ = await read(out, country="PT")
    assert [entry.id.rpartition("/")[2] for entry in portugal.entries] == ["moves"]


async def test_markup_in_texts_stays_text_and_controls_are_taken_out(out: Outlets) -> None:
    await out.publish("p1", title={"en": {"text": NASTY + "\x0b\x00\ufffe"}}, summary={"en": {"text": NASTY}})
    _, answer = await read(out)
    entry = etree.fromstring(answer.content).find(f"{A}entry")
    assert entry is not None
    assert entry.findtext(f"{A}title") == NASTY
    assert entry.findtext(f"{A}summary") == NASTY
    assert "<script" not in answer.text


async def test_what_one_has_is_not_sent_again(out: Outlets) -> None:
    await out.publish("p1")
    _, at_once = await read(out)
    assert "last-modified" not in at_once.headers  # another change might come within the same second
    out.clock.on(seconds=10)
    _, answer = await read(out)
    tag, day = answer.headers["etag"], answer.headers["last-modified"]
    for headers in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"x", {tag.removeprefix("W/")}'},
        {"If-Modified-Since": day},
    ):
        again = await out.client.get("/feed.atom", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert (await out.client.get("/feed.atom?lang=fr", headers={"If-None-Match": tag})).status_code == 200
    other = {"If-None-Match": '"other"', "If-Modified-Since": day}
    assert (await out.client.get("/feed.atom", headers=other)).status_code == 200
    for no_day in ("soon", f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"):
        assert (await out.client.get("/feed.atom", headers={"If-Modified-Since": no_day})).status_code == 200
    await out.say(PracticeStale(practice=out.public["p1"].model_copy(update={"state": "stale"})), "p1")
    changed = await out.client.get("/feed.atom", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "Due for a check" in changed.text


async def test_an_agreement_is_a_change_of_the_feed_and_of_what_is_harvested(out: Outlets) -> None:
    await out.publish("p1", kind="joint_action")
    await out.publish("p2")
    out.clock.on(days=1)
    agreement = Agreement(
        agreed_on=NOW.date(), parties=("A body", "Turku & Co"), text={"en": "A <pilot>.", "fr": "Un pilote."}
    )
    practice = out.public["p1"]
    agreed = JointActionAgreed(practice=practice.model_copy(update={"agreement": agreement}))
    for day, event in enumerate((agreed, JointActionAgreementRetracted(practice=practice)), 1):
        await out.say(event, "p1")
        out.clock.on(days=1)
        parsed, _ = await read(out)
        assert [entry.id.rpartition("/")[2].rpartition(":")[2] for entry in parsed.entries] == ["p1", "p2"]
        assert parsed.entries[0].updated.startswith((NOW + timedelta(days=day)).date().isoformat())
        told = {tag.term: tag.label for tag in parsed.entries[0].tags}
        if event is agreed:
            french = {tag.term: tag.label for tag in (await read(out, lang="fr"))[0].entries[0].tags}
            assert told["agreed"] == "Agreed on 2026-03-09 by A body; Turku & Co"
            assert french["agreed"] == "Convenu le 2026-03-09 par A body; Turku & Co"
            assert parsed.entries[0].dcterms_dateaccepted == "2026-03-09"
            # The summary is English and so is this; feedparser writes markup in a text as what shows it.
            assert parsed.entries[0].summary == "Teachers follow each other.\n\nA <pilot>."
        else:
            assert "agreed" not in told
            assert parsed.entries[0].summary == "Teachers follow each other."
        kind = event.type.split(".", 2)[2].removesuffix(".v1")
        only, _ = await read(out, type=kind)
        assert [entry.updated for entry in only.entries] == [parsed.entries[0].updated]
        harvested = await out.client.get(
            "/oai",
            params={
                "verb": "ListIdentifiers",
                "metadataPrefix": "oai_dc",
                "from": (NOW + timedelta(days=day)).date().isoformat(),
            },
        )
        assert ":p1</identifier>" in harvested.text
        assert ":p2</identifier>" not in harvested.text


async def test_a_feed_without_entries_is_a_feed(out: Outlets) -> None:
    parsed, _ = await read(out, sector="adult", kind="practice")
    assert parsed.feed.updated == "2026-01-01T00:00:00.000Z"
    assert parsed.feed.title.startswith("Practice Exchange: ")
    assert parsed.entries == []


@pytest.mark.parametrize(
    "query", ["country=XX", "theme=none", "contry=FI", "cursor=abc", "limit=0", "lang=_", "language=xx-"]
)
async def test_a_malformed_filter_is_refused_with_what_there_is(out: Outlets, query: str) -> None:
    answer = await out.client.get(f"/feed.atom?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"].startswith("query.")
