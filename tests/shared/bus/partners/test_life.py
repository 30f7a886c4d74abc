"""A partner's life: away and back, changed, with a new key, revoked; and that nobody else notices."""

from __future__ import annotations

import asyncio
import json

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from shared.bus.topology import EVENTS, PUBLIC
from tests.shared.bus.partners.place import Place, heard, taken
from tests.waiting import eventually


async def test_one_that_was_away_gets_what_it_missed_each_once(place: Place) -> None:
    await place.say("published", "before")
    seed = await place.add("acme")
    acme = await place.sign_in(seed)
    assert await heard(acme, "acme") == ["before"]
    await acme.close()
    for number in range(20):
        await place.say("revised", f"missed {number}")
    back = await place.sign_in(seed)
    assert await heard(back, "acme", most=30) == [f"missed {number}" for number in range(20)]
    assert await heard(back, "acme") == []


async def test_one_that_begins_now_hears_nothing_of_before(place: Place) -> None:
    await place.say("published", "before")

    async def public() -> bool:
        return bool((await place.js.stream_info(PUBLIC)).state.messages)

    await eventually(public)
    acme = await place.sign_in(await place.add("acme", "--since", "now"))
    await place.say("published", "after")
    assert await heard(acme, "acme") == ["after"]


async def test_it_hears_only_what_it_asked_for_and_a_change_loses_nothing(place: Place) -> None:
    acme = await place.sign_in(await place.add("acme", "--events", "practice.withdrawn,practice.published"))
    for happened in ("published", "stale", "withdrawn"):
        await place.say(happened, happened)
    assert await heard(acme, "acme", most=1) == ["published"]
    await place.ok("change", "acme", "--events", "practice.withdrawn,practice.stale")
    await place.say("stale", "stale again")
    await place.say("published", "not asked for")
    assert sorted(await heard(acme, "acme")) in (
        ["stale again", "withdrawn"],
        ["stale", "stale again", "withdrawn"],  # passed over before it was asked for, or found on the way
    )
    (kept,) = json.loads((place.folder / "partners.json").read_text())["partners"]
    assert kept["events"] == ["practice.stale", "practice.withdrawn"]


async def test_what_is_not_acknowledged_comes_again(place: Place) -> None:
    acme = await place.sign_in(await place.add("acme", "--ack-wait", "1"))
    await place.say("published", "one")
    (first,) = await taken(acme, "acme", most=1)
    (again,) = await taken(acme, "acme", most=1, patience=5)
    assert (first.data, again.data) == (b"one", b"one")
    assert (first.metadata.num_delivered, again.metadata.num_delivered) == (1, 2)
    await again.ack_sync()
    assert await taken(acme, "acme", patience=1.5) == []


async def test_others_stay_connected_and_miss_nothing_while_partners_come_and_go(place: Place) -> None:
    noted: list[str] = []
    acme = await place.sign_in(await place.add("acme"), noted=noted)
    services: list[str] = []
    observer = await place.as_user("observer", noted=services)
    got: list[str] = []
    for number in range(4):
        await place.say("published", f"{number} a")
        await place.add(f"other-{number}")
        await place.say("published", f"{number} b")
        got += await heard(acme, "acme", most=2)
        await place.ok("revoke", f"other-{number}", "--yes")
    assert got == [f"{number} {half}" for number in range(4) for half in "ab"]
    assert noted == services == []
    assert acme.is_connected
    assert observer.is_connected


async def test_one_that_waits_for_an_event_goes_on_waiting_while_partners_come_and_go(place: Place) -> None:
    acme = await place.sign_in(await place.add("acme"))
    waiting = asyncio.create_task(taken(acme, "acme", most=1, patience=30))

    async def asked() -> bool:
        info = await place.js.consumer_info(PUBLIC, "ext-acme")
        return bool(info.num_waiting)

    await eventually(asked)
    await place.add("other")
    await place.ok("revoke", "other", "--yes")
    assert not waiting.done()
    await place.say("published", "one")
    (message,) = await asyncio.wait_for(waiting, 5)
    assert (message.data, message.metadata.num_delivered) == (b"one", 1)


async def test_revoking_ends_live_connections_and_forgets_the_durable(place: Place) -> None:
    noted: list[str] = []
    seed = await place.add("acme")
    acme = await place.sign_in(seed, noted=noted)
    await place.say("published", "one")
    await place.ok("revoke", "acme", "--yes")
    await eventually(lambda: "gone" in noted)
    assert not acme.is_connected
    with pytest.raises(NotFoundError):
        await place.js.consumer_info(PUBLIC, "ext-acme")
    assert await _refused(place, seed)
    assert "acme" not in place.server.partners.read_text()
    done = await place.partners("revoke", "acme", "--yes")
    assert done.code == 2
    assert "there is no partner acme" in done.err


async def _let_in(place: Place, seed: str) -> bool:
    return not await _refused(place, seed)


async def _refused(place: Place, seed: str) -> bool:
    client = Client()

    async def ignore(_: Exception) -> None: ...

    try:
        await client.connect(
            place.server.url,
            nkeys_seed_str=seed,
            tls=place.trusted,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            error_cb=ignore,
        )
    except (NatsError, OSError):  # while TLS is on, a refusal may show as a connection that is lost
        return True
    finally:
        await client.close()
    return False


async def test_a_new_key_replaces_the_old_one_without_a_gap(place: Place) -> None:
    first = await place.add("acme")
    noted: list[str] = []
    acme = await place.sign_in(first, noted=noted)
    second = (await place.ok("rotate", "acme")).seed
    assert second != first
    turned = await place.sign_in(second)
    await place.say("published", "one")
    await place.say("published", "two")
    assert await heard(acme, "acme", most=1) == ["one"], "the old key goes on"
    assert await heard(turned, "acme", most=1) == ["two"]
    assert noted == []
    assert "two keys already" in (await place.partners("rotate", "acme")).err
    await place.ok("rotate", "acme", "--finish")
    await eventually(lambda: "gone" in noted)
    assert await _refused(place, first)
    assert turned.is_connected
    assert "one key only" in (await place.partners("rotate", "acme", "--finish")).err


async def test_apply_makes_again_what_was_lost(place: Place) -> None:
    acme_seed, other = await place.add("acme"), await place.add("other")
    await place.say("published", "one")
    assert await heard(await place.sign_in(other), "other") == ["one"]
    await place.js.delete_consumer(PUBLIC, "ext-acme")
    place.server.partners.write_text("")
    assert "durable missing" in (await place.ok("list")).out
    assert (await place.partners("show", "acme")).code == 1
    await place.ok("apply")
    await eventually(lambda: _let_in(place, acme_seed))
    assert await heard(await place.sign_in(acme_seed), "acme") == ["one"]
    assert await heard(await place.sign_in(other), "other") == [], "who lost nothing begins nowhere again"


async def test_partners_outlive_a_restart_of_the_server(place: Place) -> None:
    acme = await place.sign_in(await place.add("acme"), reconnects=True)
    await place.say("published", "one")
    await place.server.kill()
    await place.server.restart()
    await eventually(lambda: acme.is_connected and place.operator.is_connected)
    assert await heard(acme, "acme") == ["one"]
    await place.say("published", "two")
    assert await heard(acme, "acme") == ["two"]
    assert (await place.js.stream_info(EVENTS)).state.messages == 2
