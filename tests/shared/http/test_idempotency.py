"""A request repeated has its effect once, on a real database, whatever comes between."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from pymongo import MongoClient
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Conflict
from shared.http.access import Principal, Role, allow
from shared.http.idempotency import COLLECTION, KEPT, idempotency_indexes, idempotently
from shared.http.reply import Reply
from shared.ids import new_id
from shared.store.client import Store
from shared.store.outbox import Transaction
from tests.access_table import client_of
from tests.shared.http.apps import app_of
from tests.tokens import Issuer


class Note(BaseModel):
    text: str
    refuse: bool = False
    only: bool = False


def notes(store: Store) -> APIRouter:
    router = APIRouter()

    @router.post("/notes")
    @router.post("/drafts")
    async def make(note: Note, request: Request, principal: Annotated[Principal, allow(Role.MEMBER)]) -> Response:
        async def act(tx: Transaction) -> Reply:
            note_id = new_id()
            await tx.db["notes"].insert_one({"_id": note_id, "text": note.text}, session=tx.session)
            if note.refuse and await tx.db["notes"].count_documents({}, session=tx.session) < 2:
                raise Conflict("Not the first")
            if note.only and await tx.db["notes"].count_documents({}, session=tx.session) > 1:
                raise Conflict("Only one")
            return Reply(status=201, body={"id": note_id, "text": note.text}, headers={"ETag": '"1"'})

        return await idempotently(request, principal, store, act)

    @router.delete("/notes")
    async def clear(request: Request, principal: Annotated[Principal, allow(Role.MEMBER)]) -> Response:
        async def act(tx: Transaction) -> Reply:
            await tx.db["notes"].delete_many({}, session=tx.session)
            return Reply(status=204)

        return await idempotently(request, principal, store, act)

    return router


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="test")
    await store.db.create_collection("notes")
    await idempotency_indexes(store.db)
    yield store
    await store.close()


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app_of(Issuer(), notes(store))) as client:
        yield client


def headers(key: str, sub: str = "ana") -> dict[str, str]:
    return Issuer().headers(sub=sub) | {"Idempotency-Key": key}


async def count(store: Store) -> int:
    return await store.db["notes"].count_documents({})


async def test_the_same_request_again_gets_the_first_reply(client: httpx.AsyncClient, store: Store) -> None:
    first = await client.post("/notes", json={"text": "é"}, headers=headers("k1"))
    again = await client.post("/notes", json={"text": "é"}, headers=headers("k1"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"] == '"1"'
    assert again.headers["content-type"] == first.headers["content-type"] == "application/json"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(store) == 1


async def test_a_request_that_its_own_effect_now_forbids_gets_the_first_reply(
    client: httpx.AsyncClient, store: Store
) -> None:
    headers = Issuer().headers(sub="ana") | {"Idempotency-Key": "one"}
    first, again = [await client.post("/notes", json={"text": "a", "only": True}, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert await store.db["notes"].count_documents({}) == 1  # what the second began was undone
    refused = await client.post("/notes", json={"text": "b", "only": True}, headers=headers | {"Idempotency-Key": "b"})
    assert refused.status_code == 409


async def test_without_a_key_each_request_counts(client: httpx.AsyncClient, store: Store) -> None:
    for _ in range(2):
        await client.post("/notes", json={"text": "a"}, headers=Issuer().headers())
    assert await count(store) == 2
    assert await store.db[COLLECTION].count_documents({}) == 0


async def test_a_reply_without_a_body_is_replayed_too(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await client.delete("/notes", headers=headers("k1"))
        assert (answer.status_code, answer.content) == (204, b"")
        assert "content-type" not in answer.headers


@pytest.mark.parametrize(
    ("path", "body"), [("/notes", {"text": "b"}), ("/drafts", {"text": "a"}), ("/notes?x=1", {"text": "a"})]
)
async def test_the_same_key_with_another_request_is_refused(
    client: httpx.AsyncClient, store: Store, path: str, body: dict[str, str]
) -> None:
    await client.post("/notes", json={"text": "a"}, headers=headers("k1"))
    answer = await client.post(path, json=body, headers=headers("k1"))
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/idempotency-key-reused")
    assert answer.json()["errors"][0]["parameter"] == "header.Idempotency-Key"
    assert await count(store) == 1


async def test_keys_of_different_people_have_nothing_to_do_with_each_other(
    client: httpx.AsyncClient, store: Store
) -> None:
    for sub in ("ana", "bob"):
        answer = await client.post("/notes", json={"text": sub}, headers=headers("k1", sub))
        assert answer.status_code == 201
    assert await count(store) == 2


async def test_a_refused_request_leaves_no_record_and_may_be_sent_again(
    client: httpx.AsyncClient, store: Store
) -> None:
    body = {"text": "a", "refuse": True}
    assert (await client.post("/notes", json=body, headers=headers("k1"))).status_code == 409
    await client.post("/notes", json={"text": "first"}, headers=Issuer().headers())
    assert (await client.post("/notes", json=body, headers=headers("k1"))).status_code == 201
    assert await count(store) == 2


async def test_duplicates_at_the_same_time_have_one_effect(client: httpx.AsyncClient, store: Store) -> None:
    answers = await asyncio.gather(
        *(client.post("/notes", json={"text": "a"}, headers=headers("k1")) for _ in range(12))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await count(store) == 1


async def test_a_commit_whose_outcome_is_unknown_takes_effect_once(
    client: httpx.AsyncClient, store: Store, mongodb_url: str
) -> None:
    with MongoClient[dict[str, object]](mongodb_url) as admin:
        admin.admin.command(
            {
                "configureFailPoint": "failCommand",
                "mode": {"times": 1},
                "data": {
                    "failCommands": ["commitTransaction"],
                    "errorCode": 91,
                    "errorLabels": ["UnknownTransactionCommitResult"],
                    "appName": "test",
                },
            }
        )
    assert (await client.post("/notes", json={"text": "a"}, headers=headers("k1"))).status_code == 201
    assert await count(store) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", '""'])
async def test_a_key_that_is_none_is_malformed(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/notes", json={"text": "a"}, headers=headers(key))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "header.Idempotency-Key"


async def test_two_keys_are_malformed_and_quotes_make_no_difference(client: httpx.AsyncClient, store: Store) -> None:
    both = [*headers("k1").items(), ("Idempotency-Key", "k2")]
    assert (await client.post("/notes", json={"text": "a"}, headers=both)).status_code == 400
    await client.post("/notes", json={"text": "a"}, headers=headers("k1"))
    await client.post("/notes", json={"text": "a"}, headers=headers('"k1"'))
    assert await count(store) == 1


async def test_keys_are_forgotten_by_the_database_after_two_days(client: httpx.AsyncClient, store: Store) -> None:
    await client.post("/notes", json={"text": "a"}, headers=headers("k1"))
    row = await store.db[COLLECTION].find_one({})
    assert row is not None
    assert abs((row["expires_at"] - store.clock() - KEPT).total_seconds()) < 60
    index = (await store.db[COLLECTION].index_information())["expiry"]
    assert (index["key"], index["expireAfterSeconds"]) == ([("expires_at", 1)], 0)
