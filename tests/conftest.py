"""Fixtures that every room's tests may ask for: real servers, started when first needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from hypothesis import settings
from pymongo import MongoClient
from xdist.remote import Producer

from local.mongod import Mongod
from local.nats import NatsServer, running_nats
from tests.distribution import FewInstallations
from tests.servers import NatsWithUsers, Servers, emptied, mongod_for_tests, scratch
from tests.thoroughness import examples_of

# How fast the machine is at the moment is no property of the code: benchmarks measure.
settings.register_profile("here", deadline=None, max_examples=examples_of(100))
settings.load_profile("here")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FewInstallations | None:
    """Let workers share as few installations as can be; asked by pytest-xdist."""
    return FewInstallations(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def servers() -> Servers:
    """Where the servers of this run come from: given URLs, containers or this machine (tests/servers.py)."""
    return Servers.chosen()


@pytest.fixture(scope="session")
def mongodb_url(servers: Servers) -> Iterator[str]:
    """A replica set for the whole run."""
    with servers.mongodb() as url:
        yield url


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
async def nats_with_users(servers: Servers) -> AsyncIterator[NatsWithUsers]:
    """A nats-server on which every user may do only what the permission table says; nothing is provisioned."""
    async with servers.nats_with_users() as server:
        yield server


@pytest.fixture(scope="session")
def shared_nats_url(servers: Servers) -> Iterator[str | None]:
    """A nats-server that many tests share, if there is one."""
    with servers.shared_nats() as url:
        yield url


@pytest.fixture
async def nats_url(shared_nats_url: str | None) -> AsyncIterator[str]:
    """An empty nats-server with JetStream: the shared one, emptied, or a fresh one."""
    if shared_nats_url:
        async with emptied(shared_nats_url) as url:
            yield url
        return
    with scratch() as folder:
        async with running_nats(folder) as server:
            yield server.url
