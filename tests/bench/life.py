"""What one whole life of a contribution costs in CPU time, and how long from approval to found."""

import asyncio
import statistics
import time
from typing import Any

from shared.tasks import stopped
from tests.bench.create import let_rest
from tests.bench.figures import Figure, Section, cpu_seconds, milliseconds, percentile
from tests.bench.heard import Heard
from tests.bench.reference import Reference
from tests.contents import complete_content
from tests.life import Life, People
from tests.system import System

LIVES = 80
TOGETHER = 8
WARM = 16
LAST_SECONDS = 8.0  # by then the last mails went, and all is said for the receipts
PAUSE = 0.3
READ_AFTER = 1.0  # seconds from a publication on until its reader searches for it: nobody asks sooner, again and again
IDLE_SECONDS = 8.0
LATENCIES = 60
SUBMISSIONS_A_SECOND = 5
LIFE_GOAL = 0.060
IDLE_P50_GOAL = 0.080
IDLE_P95_GOAL = 0.200
LOADED_P95_GOAL = 0.400


def _content(word: str) -> dict[str, Any]:
    content = complete_content(kind="lesson_learned")
    content["title"][content["source_language"]]["text"] = f"Measured {word}"
    return content


def _word(number: int) -> str:
    """A word that is in one contribution only: letters, because search may cut at digits."""
    letters = "bcdfghjklm"
    return "zq" + "".join(letters[int(digit)] + "a" for digit in f"{number:05d}")


async def sign_in(system: System) -> None:
    """Let notifications know everybody's address, so that mails are really made and sent."""
    for sub, role, organisation in (
        ("member", "member", "org-a"),
        *((f"reviewer-{number}", "reviewer", "org-reviewers") for number in range(TOGETHER)),
        ("coordinator", "coordinator", "org-coordination"),
    ):
        claims = {"sub": sub, "roles": [role], "organisation": organisation, "email": f"{sub}@example.org"}
        async with system.client("notifications", **claims) as client:
            (await client.get("/me")).raise_for_status()


async def _whole(people: People, heard: Heard, word: str, *, reviewer: int = 0) -> None:
    """Live one life. What happens in between is heard from NATS: asking for it would cost what nobody spends."""
    life = Life(people=people, content=_content(word), keyed=False)
    await life.create()
    await life.submit()
    await heard.opened(life.case)
    await asyncio.sleep(PAUSE)
    await life.review(reviewer)
    await life.approve()
    await heard.published(life.id)
    await asyncio.sleep(READ_AFTER)
    await life.found(word, every=PAUSE)


def _pids(system: System) -> dict[str, int]:
    pids = {name: process.pid for name, process in system.services.items()}
    return {"all services in one process": pids["submissions"]} if system.together else pids


async def _lives(people: People, heard: Heard, numbers: range, *, together: int) -> None:
    """Live these lives, so many side by side, each as a whole."""
    waiting = iter(numbers)

    async def one_after_the_other(reviewer: int) -> None:
        for number in waiting:
            await _whole(people, heard, _word(number), reviewer=reviewer)

    await asyncio.gather(*(one_after_the_other(reviewer) for reviewer in range(together)))


async def _cost(
    system: System, people: People, heard: Heard, numbers: range, *, together: int, idle: float
) -> dict[str, float]:
    """CPU seconds a life in each of our processes, beyond what they use when nothing happens."""
    await let_rest(system)
    before = {name: cpu_seconds(pid) for name, pid in _pids(system).items()}
    started = time.perf_counter()
    await _lives(people, heard, numbers, together=together)
    await let_rest(system)
    await asyncio.sleep(LAST_SECONDS)
    wall = time.perf_counter() - started
    spent = {name: cpu_seconds(pid) - before[name] for name, pid in _pids(system).items()}
    return {name: (seconds - idle / len(spent) * wall) / len(numbers) for name, seconds in spent.items()}


async def measure_life(system: System) -> Section:
    """CPU time of all our processes over some whole lives: several at a time, and one after the other."""
    people = People.of(system, reviewers=TOGETHER)
    async with Heard.of(system) as heard, Reference.of(system) as reference:
        await _lives(people, heard, range(90_000, 90_000 + WARM), together=TOGETHER)
        await let_rest(system)
        await asyncio.sleep(LAST_SECONDS)
        await reference.measure()
        idle = await _idle(system)
        mails = len(system.mailbox.received)
        numbers = range(80_000, 80_000 + LIVES)
        busy = await _cost(system, people, heard, numbers, together=TOGETHER, idle=idle)
        each = (len(system.mailbox.received) - mails) / LIVES
        await reference.measure()
        numbers = range(70_000, 70_000 + LIVES // 2)
        alone = await _cost(system, people, heard, numbers, together=1, idle=idle)
    await people.close()
    total = sum(busy.values())
    figures = [
        Figure(
            name=f"CPU time of all our processes, one life, {TOGETHER} at a time",
            value=milliseconds(total),
            goal=f"under {milliseconds(LIFE_GOAL)}" if system.together else "",
            kept=total < LIFE_GOAL if system.together else None,
        ),
        Figure(
            name="the same in requests to the raw reference, each of so much CPU time in the same minutes",
            value=f"{total / reference.seconds:.0f} of {milliseconds(reference.seconds)}",
        ),
        *(Figure(name=f"of which {name}", value=milliseconds(cost)) for name, cost in busy.items() if len(busy) > 1),
        Figure(name="the same with one life at a time and pauses between", value=milliseconds(sum(alone.values()))),
        Figure(name="CPU time a second of all our processes when nothing happens", value=milliseconds(idle)),
        Figure(name="mails sent, one life", value=f"{each:.1f}"),
    ]
    shape = "all services in one process (the default)" if system.together else "one process each"
    return Section(
        title=f"One whole life of a contribution, {shape}",
        how=(
            "Create, submit, claim, write and complete a review, decide, published, indexed and found, mails sent:"
            f" {LIVES} lessons learned (one review each), mongod and nats-server are"
            " not counted, nor what our processes use when nothing happens. Whoever claims or searches does so once,"
            f" when the case is there or {READ_AFTER:.0f} s after the publication: what is asked again and again while"
            " it is not there yet would be the measuring's own cost, and more of it the slower the machine. The raw"
            " reference is FastAPI alone doing one bare transaction of two documents, with nothing of ours: by it"
            " figures of different hours can be compared. A processor that was asleep is slower at first, so lives"
            " one at a time with pauses cost more than several."
        ),
        figures=tuple(figures),
    )


async def _idle(system: System) -> float:
    """CPU seconds a second that our processes use while nothing happens."""
    before = sum(cpu_seconds(pid) for pid in _pids(system).values())
    await asyncio.sleep(IDLE_SECONDS)
    return (sum(cpu_seconds(pid) for pid in _pids(system).values()) - before) / IDLE_SECONDS


async def _latencies(system: System, people: People, *, first: int) -> list[float]:
    lives = []
    for number in range(LATENCIES):
        word = _word(first + number)
        life = Life(people=people, content=_content(word))
        await life.create()
        await life.submit()
        await life.review()
        lives.append((life, word))
    await let_rest(system)
    taken = []
    for life, word in lives:
        await life.approve()
        taken.append(await life.found(word))
    return taken


async def _submissions(people: People, seconds: float) -> None:
    """``SUBMISSIONS_A_SECOND`` new contributions a second, whatever the answers take."""
    async with asyncio.TaskGroup() as group:
        for number in range(int(seconds * SUBMISSIONS_A_SECOND)):
            group.create_task(_submitted(people, number))
            await asyncio.sleep(1 / SUBMISSIONS_A_SECOND)


async def _submitted(people: People, number: int) -> None:
    life = Life(people=people, content=_content(f"load {number}"), again=True)
    await life.create()
    await life.submit()


async def measure_found(system: System) -> Section:
    """From the answer to the approval until a search finds it, at rest and while contributions come in."""
    people = People.of(system, reviewers=1)
    idle = await _latencies(system, people, first=0)
    load = asyncio.create_task(_submissions(people, seconds=300))
    try:
        loaded = await _latencies(system, people, first=10_000)
    finally:
        await stopped(load)
        await people.close()
    p50, p95, busy = statistics.median(idle), percentile(idle, 0.95), percentile(loaded, 0.95)
    return Section(
        title="Approval to found by search",
        how=(
            f"{LATENCIES} approvals, each asked for by search until it is found; then the same while"
            f" {SUBMISSIONS_A_SECOND} submissions a second come in."
        ),
        figures=(
            Figure(name="idle, p50", value=milliseconds(p50), goal="under 80 ms", kept=p50 < IDLE_P50_GOAL),
            Figure(name="idle, p95", value=milliseconds(p95), goal="under 200 ms", kept=p95 < IDLE_P95_GOAL),
            Figure(name="under load, p95", value=milliseconds(busy), goal="under 400 ms", kept=busy < LOADED_P95_GOAL),
        ),
    )
