"""Fixtures that every room's tests may ask for: real servers, started when first needed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from pymongo import MongoClient

from local.mongod import Mongod
from local.nats import NatsServer, running_nats
from local.nats_users import users
from tests.containers import mongo_container, nats_container
from tests.servers import NatsWithUsers, emptied, mongod_for_tests, scratch


@pytest.fixture(scope="session")
def mongodb_url() -> Iterator[str]:
    """A replica set for the whole run: ``MONGODB_URL``, or a container if ``CONTAINERS``, else a mongod of our own."""
    if given := os.environ.get("MONGODB_URL"):
        yield given
        return
    if os.environ.get("CONTAINERS"):
        with mongo_container() as url:
            yield url
        return
    with mongod_for_tests() as mongod:
        yield mongod.url


@pytest.fixture
def mongod() -> Iterator[Mongod]:
    """A mongod of this test alone, to kill and restart."""
    with mongod_for_tests() as server:
        yield server


@pytest.fixture
def database(mongodb_url: str) -> Iterator[str]:
    """The name of a database that no other test uses; dropped afterwards."""
    name = f"test_{uuid4().hex[:16]}"
    yield name
    with MongoClient[dict[str, object]](mongodb_url) as client:
        client.drop_database(name)


@pytest.fixture
async def nats_server() -> AsyncIterator[NatsServer]:
    """A nats-server of this test alone, to kill and restart; anybody may do anything on it."""
    with scratch() as folder:
        async with running_nats(folder) as server:
            yield server


@pytest.fixture
async def nats_with_users() -> AsyncIterator[NatsWithUsers]:
    """A nats-server on which every user may do only what the permission table says; nothing is provisioned."""
    table = {user: f"password-of-{user.name}" for user in users()}
    with scratch() as folder:
        async with running_nats(folder, users=table) as server:
            yield NatsWithUsers(url=server.url, passwords={user.name: word for user, word in table.items()})


@pytest.fixture(scope="session")
def given_nats_url() -> Iterator[str | None]:
    """A nats-server that many tests share: ``NATS_URL`` if set, a container if ``CONTAINERS``, else none."""
    if os.environ.get("CONTAINERS") and "NATS_URL" not in os.environ:
        with nats_container() as url:
            yield url
        return
    yield os.environ.get("NATS_URL")


@pytest.fixture
async def nats_url(given_nats_url: str | None) -> AsyncIterator[str]:
    """An empty nats-server with JetStream: the shared one, emptied, or a fresh one."""
    if given := given_nats_url:
        async with emptied(given) as url:
            yield url
        return
    with scratch() as folder:
        async with running_nats(folder) as server:
            yield server.url
