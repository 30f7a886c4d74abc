"""Somebody who wrote, reviewed, searched and was told is forgotten: nowhere is their id, name or address any more."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from bson import decode
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient

from shared.bus.reading import StoredStream
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, EVENTS, PUBLIC
from shared.privacy.find import export, find, person_known_as
from shared.privacy.forget import forget
from shared.privacy.person import ADDRESS_REMOVED, NAME_REMOVED
from tests.contents import said
from tests.journeys.house import House
from tests.journeys.house import Person as Somebody
from tests.journeys.steps import come_to, decide, draft, in_review, publish, rare_word, review, submit, until_found
from tests.journeys.steps import found as found_by
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")

NAME = "Ánna Žnidaršič"
SERVICES = ("submissions", "review", "search", "notifications", "syndication")


@pytest_asyncio.fixture(loop_scope="package")
async def client(house: House) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    if not house.mongodb_url:
        pytest.skip("looks into the databases, which a site keeps for itself")
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(house.mongodb_url, tz_aware=True)
    yield client
    await client.close()


def _databases(house: House) -> list[str]:
    return [f"{house.database}_{service}" for service in SERVICES]


async def _all_that_is_kept(house: House) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the bytes of every document of every collection and of every message, as they lie there."""
    async with AsyncMongoClient[RawBSONDocument](house.mongodb_url, document_class=RawBSONDocument) as client:
        for name in _databases(house):
            for collection in await client[name].list_collection_names():
                async for document in client[name][collection].find({}):
                    yield f"{name}.{collection} {decode(document.raw).get('_id')}", bytes(document.raw)
    for name in (EVENTS, CATALOGUE, PUBLIC, DEAD_LETTERS):
        sequence = 0
        while messages := await StoredStream(house.operator, name).after(sequence):
            for message in messages:
                yield f"{name} {message.sequence} {message.subject}", message.body + repr(message.headers).encode()
            sequence = messages[-1].sequence


async def _places_of(house: House, *words: str) -> list[str]:
    """Name every place that holds one of these words, however it is written. It knows nothing of how it is erased."""
    found = []
    async for place, content in _all_that_is_kept(house):
        text = content.decode("utf-8", "replace").casefold()
        found += [f"{place}: {word}" for word in words if word.casefold() in text or json.dumps(word)[1:-1] in text]
    return found


async def _life(house: House, anna: Somebody) -> tuple[str, str]:
    """Let Anna do a little of everything; returns her practice, and the word it is found by."""
    word = rare_word(anna.id)
    mail = f"{anna.sub}@example.org"
    practice = await publish(
        house,
        anna,
        word,
        authors=[{"name": NAME, "person_id": anna.id, "organisation": "North School"}],
        contact={"name": NAME, "email": mail, "visibility": "public"},
        summary=said(f"{NAME} tried it; ask {mail}."),
    )
    reader = await house.author("west-school")
    await until_found(reader, word)
    await draft(anna, authors=[{"name": NAME, "person_id": anna.id}])
    await anna.ok("search", "POST", "/saved-searches", json={"name": "Mine", "q": word, "frequency": "at_once"})
    return practice["id"], word


async def test_a_person_is_exported_and_then_forgotten_everywhere(
    house: House, client: AsyncMongoClient[dict[str, Any]], tmp_path: Path
) -> None:
    anna = await house.person("anna", "member", "far-academy", name=NAME)
    mail = f"{anna.sub}@example.org"
    practice, word = await _life(house, anna)
    databases = _databases(house)
    other = await _reviewed_by(house, anna)

    person = await person_known_as(client, databases, mail)
    assert (person.person_id, person.names, person.emails) == (anna.id, (NAME,), (mail,))
    before = await find(client, house.operator, databases, person)
    assert {name.partition(".")[0] for name in before.documents} == set(databases)
    assert before.messages.keys() >= {EVENTS, CATALOGUE, PUBLIC}

    exported = await export(client, databases, person, tmp_path / "anna.zip")
    assert exported.documents
    with zipfile.ZipFile(tmp_path / "anna.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert mail in texts[f"{house.database}_notifications/people.json"]
    assert practice in texts[f"{house.database}_submissions/contributions.json"]
    assert "another person" in texts[f"{house.database}_review/cases.json"]  # who reviewed it is not hers to know

    told: list[str] = []
    left = await forget(client, house.operator, databases, person, seconds=30, told=told.append)
    assert (left.documents, left.messages) == ({}, {}), told

    assert await _places_of(house, anna.id, NAME, mail) == []
    await _reads_without_her(house, practice, word)
    await _trail_is_whole(house, other)
    logged = [json.dumps(line, ensure_ascii=False) for line in house.lines()]
    assert [line for line in logged if NAME in line or mail in line] == []


async def _reviewed_by(house: House, anna: Somebody) -> str:
    """Let Anna review what another wrote, so that a trail names her; returns the case."""
    headers = house.issuer.headers(
        sub=anna.sub, roles=["reviewer"], organisation="far-academy", name=NAME, email=f"{anna.sub}@example.org"
    )
    as_reviewer = Somebody(house=house, sub=anna.sub, headers=headers)
    author, coordinator = await house.author("south-college"), await house.coordinator()
    begun = await in_review(author)
    case = f"{begun['id']}-1"
    await review(as_reviewer, case)
    await decide(coordinator, case)
    await come_to(author, begun["id"], "published")
    return case


async def _reads_without_her(house: House, practice: str, word: str) -> None:
    """The practice is public as before and names her organisation; search has it so, too."""
    reader = await house.author("west-school")
    seen = await reader.ok("submissions", "GET", f"/practices/{practice}")
    content = seen["content"]
    assert content["authors"] == [{"name": NAME_REMOVED, "organisation": "North School"}]
    assert content["contact"] == {"name": NAME_REMOVED, "email": ADDRESS_REMOVED, "visibility": "public"}
    assert content["summary"]["en"]["text"] == f"{NAME_REMOVED} tried it; ask {ADDRESS_REMOVED}."

    async def found() -> bool:
        summary = (await until_found(reader, word))["summary"]
        return bool(summary == f"{NAME_REMOVED} tried it; ask {ADDRESS_REMOVED}.")

    await eventually(found)
    assert await found_by(reader, "Žnidaršič") == []


async def _trail_is_whole(house: House, case: str) -> None:
    coordinator = await house.coordinator("cora")
    trail = await coordinator.ok("review", "GET", f"/cases/{case}/trail")
    assert trail["intact"], trail


async def test_an_author_can_go_on_after_a_co_author_was_forgotten(
    house: House, client: AsyncMongoClient[dict[str, Any]]
) -> None:
    anna, bela = await house.author(), await house.author("other-school")
    authors = [{"name": "Bela", "person_id": bela.id}, {"name": "Anna", "person_id": anna.id}]
    begun = await draft(bela, authors=authors)
    person = await person_known_as(client, _databases(house), anna.id)
    left = await forget(client, house.operator, _databases(house), person, seconds=30, told=lambda _: None)
    assert not left.documents
    await submit(bela, begun["id"])
    seen = await come_to(bela, begun["id"], "in_review")
    assert [one["name"] for one in seen["content"]["authors"]] == ["Bela", NAME_REMOVED]
