import asyncio

from shared.tasks import stopped


async def test_a_task_that_loses_a_cancellation_is_asked_again() -> None:
    losses = 0

    async def stubborn() -> None:
        nonlocal losses
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                losses += 1
                if losses > 1:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await stopped(task)
    assert task.cancelled()
    assert losses == 2


async def test_ended_tasks_and_errors_are_fine() -> None:
    async def fails() -> None:
        raise ValueError

    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    await stopped(task)
    await stopped()
