"""``python -m shared.privacy`` as an administrator runs it, against real servers on which no service runs."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from pymongo import AsyncMongoClient

from shared.bus.reading import Message
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, provision
from shared.privacy import streams
from shared.privacy.__main__ import main
from shared.privacy.person import NAME_REMOVED, Person
from shared.privacy.streams import erase_from_streams

ANNA = "77a1b4de-0d7e-5f0b-8d57-6c1f1f0c9b02"
BELA = "11a1b4de-0d7e-5f0b-8d57-6c1f1f0c9b02"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    environment: dict[str, str]
    names: tuple[str, str]  # of the databases of review, which listens, and of search
    client: AsyncMongoClient[dict[str, Any]]

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        return await asyncio.to_thread(_run, [*arguments, "--databases", *self.names], self.environment)


def _run(arguments: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
async def place(mongodb_url: str, database: str, nats_url: str) -> AsyncIterator[Place]:
    names = (f"{database}_review", f"{database}_search")
    async with AsyncMongoClient[dict[str, Any]](mongodb_url, tz_aware=True) as client:
        person = {"_id": ANNA, "name": "Anna Example", "email": "anna@example.org"}
        await client[names[0]]["people"].insert_one(person)
        await client[names[0]]["cases"].insert_one({"_id": "c", "authors": [ANNA], "seats": [BELA]})
        await client[names[1]]["saved_searches"].insert_one({"_id": 1, "person_id": ANNA})
        connection = await nats.connect(nats_url)
        await provision(connection.jetstream())
        body = json.dumps({"author_ids": [ANNA], "name": "Anna Example"}).encode()
        await connection.jetstream().publish("catalogue.p1", body)
        await connection.jetstream().publish("dlq.review-submissions", body, headers={"x-reason": f"of {ANNA}"})
        await connection.close()
        yield Place(environment={"NATS_URL": nats_url, "MONGODB_URL": mongodb_url}, names=names, client=client)
        for name in names:
            await client.drop_database(name)


async def test_a_person_is_found_by_address_and_by_id(place: Place) -> None:
    for known in ("Anna@Example.org", ANNA):
        code, out, err = await place.run("find", known)
        assert (code, err) == (0, "")
        assert out.splitlines() == [
            f"{place.names[0]}.cases: 1 documents",
            f"{place.names[0]}.people: 1 documents",
            f"{place.names[1]}.saved_searches: 1 documents",
            "stream CATALOGUE: 1 messages",
            "stream DLQ: 1 messages",
            "3 documents, 2 messages",
        ]
    code, out, err = await place.run("find", "nobody@example.org")
    assert (code, out) == (2, "")
    assert "nobody@example.org is the address of nobody who has signed in" in err


async def test_an_export_is_a_file_of_its_own_and_names_nobody_else(place: Place, tmp_path: Path) -> None:
    to = tmp_path / "anna.zip"
    code, _, err = await place.run("export", ANNA, "--to", str(to))
    assert (code, err) == (0, "")
    assert to.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(to) as archive:
        (case,) = json.loads(archive.read(f"{place.names[0]}/cases.json"))
    assert case == {"_id": "c", "authors": [ANNA], "seats": ["another person"]}
    code, _, err = await place.run("export", ANNA, "--to", str(to))
    assert code == 2
    assert "is there already" in err


async def test_erasing_wants_a_yes_and_says_who_does_not_do_its_part(place: Place) -> None:
    code, _, err = await place.run("erase", ANNA)
    assert code == 2
    assert "add --yes" in err
    assert await place.client[place.names[0]]["people"].count_documents({}) == 1
    code, _, err = await place.run("erase", ANNA, "--yes", "--seconds", "1")
    assert code == 1
    assert f"{place.names[0]} not erased after 1 s: is the worker of the service running?" in err
    assert err.count("\n") == 1


async def test_streams_lose_the_person_and_the_catalogue_keeps_its_practice(place: Place, nats_url: str) -> None:
    connection = await nats.connect(nats_url)
    js = connection.jetstream()
    counts = await erase_from_streams(connection, Person(ANNA, "pseudonym", names=("Anna Example",)))
    assert counts == {CATALOGUE: 1, DEAD_LETTERS: 1}
    message = await js.get_last_msg(CATALOGUE, "catalogue.p1")
    assert json.loads(message.data or b"") == {"author_ids": ["pseudonym"], "name": NAME_REMOVED}
    assert (await js.stream_info(CATALOGUE)).state.messages == 1
    assert (await js.stream_info(DEAD_LETTERS)).state.messages == 0
    await connection.close()


async def test_a_practice_that_is_told_anew_meanwhile_is_not_put_back(
    place: Place, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await nats.connect(nats_url)
    js = connection.jetstream()
    found = streams.messages_with

    async def and_then(connection: Client, name: str, person: Person) -> AsyncIterator[Message]:
        async for message in found(connection, name, person):
            yield message
        if name == CATALOGUE:
            await js.publish("catalogue.p1", b'{"withdrawn": true}')

    monkeypatch.setattr(streams, "messages_with", and_then)
    await erase_from_streams(connection, Person(ANNA, "pseudonym", names=("Anna Example",)))
    message = await js.get_last_msg(CATALOGUE, "catalogue.p1")
    assert message.data == b'{"withdrawn": true}'
    await connection.close()
