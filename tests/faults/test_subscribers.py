"""What the check of the subscribers is for is caught: missed, told twice, out of order, and lost by search."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.faults.checker import Event
from tests.faults.planted import POISONS, poison
from tests.faults.subscribers import Heard, ended, told_by, wrongly_heard

FIRST = Event(id="1", aggregate="practice:a", version=1, type="published")
SECOND = replace(FIRST, id="2", version=2)
OFFERED = [FIRST, SECOND]


def heard(follower: list[Event], partner: list[Event]) -> Heard:
    return Heard(by_follower=follower, by_partner=partner)


def test_all_in_order_is_right_and_the_partner_may_be_told_again() -> None:
    assert wrongly_heard(heard(OFFERED, [*OFFERED, FIRST]), OFFERED) == []


def test_what_was_missed_is_told() -> None:
    assert wrongly_heard(heard([FIRST], OFFERED), OFFERED) == ["the follower of /events was never told 2"]
    assert wrongly_heard(heard(OFFERED, [SECOND]), OFFERED) == ["the partner on NATS was never told 1"]


def test_the_follower_may_have_it_from_the_catalogue_instead() -> None:
    assert wrongly_heard(replace(heard([], OFFERED), from_catalogue={"a"}), OFFERED) == []


def test_the_follower_is_told_once() -> None:
    assert wrongly_heard(heard([*OFFERED, SECOND], OFFERED), OFFERED) == ["the follower of /events was told 2 twice"]


def test_it_is_told_again_where_the_stream_was_filled_again_and_in_order_still() -> None:
    assert wrongly_heard(heard([*OFFERED, *OFFERED], OFFERED), OFFERED, filled_again=True) == []
    assert wrongly_heard(heard([SECOND, FIRST], OFFERED), OFFERED, filled_again=True)


def test_each_is_told_in_order() -> None:
    wrong = ["was told version 1 of practice:a after 2"]
    assert wrongly_heard(heard([SECOND, FIRST], OFFERED), OFFERED) == [f"the follower of /events {wrong[0]}"]
    assert wrongly_heard(heard(OFFERED, [SECOND, FIRST]), OFFERED) == [f"the partner on NATS {wrong[0]}"]


def test_what_search_lost_is_told() -> None:
    assert wrongly_heard(replace(heard(OFFERED, OFFERED), lost=["search found 1 after 2"]), OFFERED) == [
        "search found 1 after 2"
    ]


async def test_who_listens_no_longer_is_told_for_what_it_is() -> None:
    async def breaks() -> None:
        raise ValueError("no event")

    tasks = [asyncio.create_task(breaks(), name="the partner"), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert ended(tasks) == ["the partner ended by itself: ValueError('no event')"]
    tasks[1].cancel()


@pytest.mark.parametrize("kind", POISONS)
def test_the_partner_goes_on_past_what_a_run_planted(kind: str) -> None:
    planted = poison("practices", kind)
    assert told_by(Msg(_client=Client(), subject=planted.subject, data=planted.body, headers=planted.headers)) == []
