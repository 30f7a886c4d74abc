"""Background tasks end when they are told to, also those that lose a cancellation."""

import asyncio

import pytest

from shared.tasks import seen_through, side_by_side, stopped


async def deaf(times: int) -> None:
    """Lose some cancellations, as asyncio.wait_for of Python 3.11 may."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if times == 0:
                raise
            times -= 1


async def test_a_task_that_loses_cancellations_is_asked_again() -> None:
    task = asyncio.create_task(deaf(2))
    await asyncio.sleep(0)
    await stopped(task)
    assert task.cancelled()


async def test_what_a_task_raised_is_no_matter_to_who_stops_it() -> None:
    async def failing() -> None:
        raise LookupError

    task = asyncio.create_task(failing())
    await stopped(task)
    await stopped(task)
    await stopped()


async def test_stopping_is_seen_through_when_it_is_stopped_itself() -> None:
    inner = asyncio.create_task(deaf(3))

    async def outer() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await stopped(inner)

    task = asyncio.create_task(outer())
    await asyncio.sleep(0)
    await stopped(task)
    assert inner.cancelled()
    assert task.cancelled()


async def test_works_side_by_side_end_together() -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await deaf(1)
        finally:
            ended.append("endless")

    async def failing() -> None:
        await asyncio.sleep(0)
        raise LookupError("once")

    with pytest.raises(LookupError, match="once"):
        await side_by_side(endless(), failing())
    assert ended == ["endless"]
    task = asyncio.create_task(side_by_side(endless(), endless()))
    await asyncio.sleep(0.01)
    await stopped(task)
    assert ended == ["endless"] * 3
    assert task.cancelled()


async def test_an_ending_is_seen_through_however_often_it_is_asked_to_stop() -> None:
    ended: list[str] = []

    async def ending() -> str:
        await asyncio.sleep(0.35)
        ended.append("all of it")
        return "done"

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await seen_through(ending())

    assert await seen_through(ending()) == "done"
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await stopped(task)
    assert ended == ["all of it"] * 2
    assert task.cancelled()


async def test_what_an_ending_raises_is_told() -> None:
    async def failing() -> None:
        raise LookupError("once")

    with pytest.raises(LookupError, match="once"):
        await seen_through(failing())
