"""What a partner may do, and that nothing else reaches us or another partner."""

from __future__ import annotations

import pytest
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import ConsumerConfig
from nats.js.errors import NoStreamResponseError

from shared.bus.partners.accounts import DOMAIN
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, EVENTS, PUBLIC
from tests.shared.bus.partners.place import Place, heard, taken
from tests.waiting import eventually

NEXT = f"$JS.{DOMAIN}.API.CONSUMER.MSG.NEXT.{PUBLIC}"


async def test_a_partner_fetches_acknowledges_and_looks_at_its_own_place(place: Place) -> None:
    acme = await place.sign_in(await place.add("acme"))
    await place.say("published", "one")
    await place.say("withdrawn", "two")
    messages = await taken(acme, "acme", most=2)
    assert [(message.subject, message.data) for message in messages] == [
        ("practices.published", b"one"),
        ("practices.withdrawn", b"two"),
    ]
    await messages[0].ack()
    await messages[1].ack_sync()
    info = await acme.jetstream(domain=DOMAIN).consumer_info(PUBLIC, "ext-acme")
    assert (info.num_pending, info.num_ack_pending) == (0, 0)
    assert info.config.metadata is not None
    assert info.config.metadata["organisation"] == "Acme"


async def test_every_other_verb_is_refused(place: Place) -> None:
    await place.add("other")
    noted: list[str] = []
    acme = await place.sign_in(await place.add("acme"), noted=noted)
    await place.say("published", "one")
    api = [
        *(
            f"STREAM.{verb}.{stream}"
            for verb in ("INFO", "DELETE", "PURGE", "UPDATE", "CREATE", "MSG.GET", "MSG.DELETE")
            for stream in (PUBLIC, EVENTS, CATALOGUE, DEAD_LETTERS)
        ),
        *(f"DIRECT.GET.{stream}" for stream in (PUBLIC, EVENTS, CATALOGUE)),
        *(
            f"CONSUMER.{verb}.{PUBLIC}.ext-{name}"
            for verb in ("DELETE", "CREATE", "PAUSE", "UNPIN", "RESET")
            for name in ("acme", "other")
        ),
        f"CONSUMER.DURABLE.CREATE.{PUBLIC}.mine",
        f"CONSUMER.INFO.{PUBLIC}.ext-other",
        f"CONSUMER.MSG.NEXT.{PUBLIC}.ext-other",
        f"CONSUMER.MSG.NEXT.{EVENTS}.review-submissions",
        f"CONSUMER.LIST.{PUBLIC}",
        f"CONSUMER.NAMES.{PUBLIC}",
        "STREAM.LIST",
        "STREAM.NAMES",
        "INFO",
    ]
    attempts = [f"$JS.{place_}API.{verb}" for verb in api for place_ in ("", f"{DOMAIN}.")]
    attempts += [f"$JS.ACK.{PUBLIC}.ext-other.1.1.1.1.0", f"$JS.ACK.{EVENTS}.review-submissions.1.1.1.1.0"]
    attempts += ["practices.published", "submissions.submitted", "catalogue.p1", "dlq.acme", "$SYS.REQ.SERVER.PING"]
    for subject in attempts:
        await acme.publish(subject, b"{}")
    foreign = [">", "practices.>", "submissions.>", "$JS.>", "$SYS.>", "catalogue.*", "_R_.>"]
    for subject in foreign:
        await acme.subscribe(subject)
    await acme.flush()
    await eventually(lambda: len(noted) == len(attempts) + len(foreign))
    assert all("permissions violation" in one for one in noted)
    assert (await place.js.stream_info(EVENTS)).state.messages == 1
    untouched = await place.js.consumer_info(PUBLIC, "ext-other")
    assert (untouched.num_pending, untouched.num_ack_pending) == (1, 0)


async def test_a_partner_publishes_to_no_stream_and_makes_no_consumer(place: Place) -> None:
    acme = await place.sign_in(await place.add("acme"))
    for options in ({}, {"domain": DOMAIN}):
        jetstream = acme.jetstream(timeout=0.3, **options)
        with pytest.raises((NatsTimeout, NoStreamResponseError)):
            await jetstream.publish("practices.published", b"{}", timeout=0.3)
        with pytest.raises(NatsTimeout):
            await jetstream.add_consumer(PUBLIC, ConsumerConfig(name="peep"))
        with pytest.raises(NatsTimeout):
            await jetstream.stream_info(PUBLIC)


INJECTED = ("practices.published", "practices.injected", "submissions.submitted", "dlq.injected", "_INBOX.observer.x")


@pytest.mark.parametrize("injected", INJECTED)
async def test_an_event_is_never_delivered_onto_a_subject_of_ours(place: Place, injected: str) -> None:
    """JetStream delivers to the reply subject of a request, which nobody checks.

    In an account of ours subscribers there would hear it (and before nats-server 2.14 the streams would keep it).
    """
    acme = await place.sign_in(await place.add("acme"))
    for body in ("one", "two", "three"):
        await place.say("published", body)
    (first,) = await taken(acme, "acme", most=1)
    arrived, fence = await _overhearing(place), "practices.stale"
    before = [(await place.js.stream_info(stream)).state.last_seq for stream in (EVENTS, DEAD_LETTERS)]
    await acme.publish(f"{NEXT}.ext-acme", b"1", reply=injected)
    await acme.publish(first.reply, b"+NXT", reply=injected)
    await taken(acme, "acme", most=2, patience=0.2)  # asked after those two, so they were served
    await place.say("stale", "fence")
    await eventually(lambda: fence in arrived)
    after = [(await place.js.stream_info(stream)).state.last_seq for stream in (EVENTS, DEAD_LETTERS)]
    assert arrived == [fence]
    assert after == [before[0] + 1, before[1]]


async def test_in_one_account_for_all_it_would_be(place: Place) -> None:
    """So that the test above proves something: the same request as a user of our own account is heard there."""
    await place.add("acme")
    await place.say("published", "one")
    arrived = await _overhearing(place)
    await place.operator.publish(f"$JS.API.CONSUMER.MSG.NEXT.{PUBLIC}.ext-acme", b"1", reply="practices.injected")
    assert await eventually(lambda: arrived) == ["practices.published"]


async def _overhearing(place: Place) -> list[str]:
    """What comes from now on to a subscriber in our account, by the subject."""
    arrived: list[str] = []

    async def hear(message: Msg) -> None:
        arrived.append(message.subject)

    observer = await place.as_user("observer")
    for subject in ("practices.>", "_INBOX.observer.>"):
        await observer.subscribe(subject, cb=hear)
    await observer.flush()
    return arrived


async def test_inboxes_of_another_account_are_another_place(place: Place) -> None:
    """Both partners listen to every inbox, as clients do by default, and each hears its own answers alone."""
    acme, other = await place.sign_in(await place.add("acme")), await place.sign_in(await place.add("other"))
    overheard: list[bytes] = []

    async def hear(message: Msg) -> None:
        overheard.append(message.data)

    await other.subscribe("_INBOX.>", cb=hear)
    await other.flush()
    await place.say("published", "one")
    assert await heard(acme, "acme") == ["one"]
    await other.flush()
    assert overheard == []
