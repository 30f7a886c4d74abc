"""The public stream is lost, and every partner's place in it: the keeper makes both again."""

from __future__ import annotations

from dataclasses import replace

import pytest
import structlog
from nats.aio.client import Client
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError

from local.nats_users import PROVISION
from shared.bus.keeper import Keeper
from shared.bus.partners.partner import durable_of
from shared.bus.topology import EVENTS, PUBLIC, provision
from tests.shared.bus.partners.place import Place, heard
from tests.waiting import eventually


@pytest.fixture
async def keeper(place: Place, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """It has the rights of ``provision`` and no more."""
    monkeypatch.setattr("shared.bus.keeper.LEFT_SECONDS", 0.0)
    connection = await place.as_user(PROVISION)
    return Keeper(connection.jetstream(), log=structlog.get_logger())


async def _durable(place: Place, name: str) -> ConsumerConfig | None:
    try:
        info = await place.js.consumer_info(PUBLIC, durable_of(name))
    except NotFoundError:
        return None
    assert info.config
    ours = {"organisation": (info.config.metadata or {})["organisation"]}  # the server adds what it is
    config: ConsumerConfig = replace(info.config, metadata=ours)
    return config


async def _hears(partner: Client, name: str, wanted: list[str]) -> None:
    told: list[str] = []

    async def all_of_it() -> bool:
        told.extend(await heard(partner, name))
        return len(told) >= len(wanted)

    await eventually(all_of_it, 30)  # nats-server finds out within ten seconds that a source is another one
    assert told == wanted


@pytest.mark.parametrize("lost", [(PUBLIC,), (EVENTS, PUBLIC)], ids=["alone", "with its source"])
async def test_a_partner_that_is_connected_is_told_all_that_is_kept_and_goes_on(
    place: Place, keeper: Keeper, lost: tuple[str, ...]
) -> None:
    acme = await place.sign_in(await place.add("acme", "--events", "practice.published", "--ack-wait", "7"))
    for number in range(3):
        await place.say("published", f"before {number}")
    await _hears(acme, "acme", ["before 0", "before 1", "before 2"])
    before = await _durable(place, "acme")
    await keeper.look()
    for stream in lost:
        await place.js.delete_stream(stream)
    await keeper.look()
    assert await _durable(place, "acme") == before
    await place.say("published", "after")
    again = (
        ["before 0", "before 1", "before 2"] if lost == (PUBLIC,) else []
    )  # what was in EVENTS is its relays' to say
    await _hears(acme, "acme", [*again, "after"])


async def test_one_that_began_later_gets_its_place_too(place: Place, keeper: Keeper) -> None:
    acme = await place.sign_in(await place.add("acme", "--since", "now"))
    before = await _durable(place, "acme")
    await keeper.look()
    await place.js.delete_stream(PUBLIC)
    await keeper.look()
    assert await _durable(place, "acme") == before
    await place.say("published", "after")
    await _hears(acme, "acme", ["after"])


async def test_it_is_as_it_was_changed_last(place: Place, keeper: Keeper) -> None:
    await place.add("acme")
    await keeper.look()
    await place.ok("change", "acme", "--events", "practice.withdrawn")
    await keeper.look()
    changed = await _durable(place, "acme")
    await place.js.delete_stream(PUBLIC)
    await keeper.look()
    assert await _durable(place, "acme") == changed


async def test_one_that_was_revoked_gets_no_place(place: Place, keeper: Keeper) -> None:
    await place.add("acme")
    await place.add("bolt")
    await keeper.look()
    await place.ok("revoke", "acme", "--yes")
    await keeper.look()
    await place.js.delete_stream(PUBLIC)
    await keeper.look()
    assert await _durable(place, "bolt")
    assert await _durable(place, "acme") is None


async def test_also_where_somebody_else_made_the_stream(place: Place, keeper: Keeper) -> None:
    await place.add("acme")
    await keeper.look()
    await place.js.delete_stream(PUBLIC)
    await provision(place.js)
    assert await _durable(place, "acme") is None
    await keeper.look()
    assert await _durable(place, "acme")
