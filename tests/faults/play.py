"""One run: people, faults and subscribers together, and what does not hold afterwards."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.checker import violations
from tests.faults.clients import History, Probe, save_a_search, sign_everybody_in, submitting
from tests.faults.deck import shuffled
from tests.faults.effects import wrong_effects
from tests.faults.fault import Fault
from tests.faults.kinds.bus import fills_events_again
from tests.faults.loop import Recovery, faults_come, late
from tests.faults.observe import come_to_rest, observe
from tests.faults.see_effects import see_effects
from tests.faults.subscribers import Heard, eventually_heard, listening, wrongly_heard
from tests.faults.supervisor import supervised
from tests.life import People
from tests.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a run: ``acknowledged`` counts the writes that clients were told of, ``violations`` what does not
    hold, in words."""

    recoveries: Sequence[Recovery]
    acknowledged: int
    violations: Sequence[str]

    @property
    def longest(self) -> float:
        """The longest recovery in seconds, of those that came to an end."""
        return max((one.seconds for one in self.recoveries if one.seconds is not None), default=0.0)


async def play(
    system: System, faults: tuple[Fault, ...], dice: random.Random, *, seconds: float | None, clients: int
) -> Outcome:
    """Let people work while the faults come, and return what came of it; tells how it goes.

    Without ``seconds`` each fault comes once; else faults come for so long, each once before any again.
    """
    people = People.of(system, reviewers=1)
    await sign_everybody_in(system)
    await save_a_search(people)
    history = History()
    probe = Probe(system=system, people=people, history=history)
    order = shuffled(faults, dice, again=seconds is not None)
    until = None if seconds is None else time.monotonic() + seconds
    async with supervised(system), listening(system) as heard:
        async with submitting(people, history, clients):
            recoveries = await faults_come(system, order, dice, probe, until=until)
        took, waiting = await come_to_rest(system)
        there = await observe(system, waiting)
        effects = await see_effects(system, there, frozenset(history.approved))
        offered = [event for event in there.stream if event.id in effects.offered]
        await eventually_heard(heard, offered)
    await people.close()
    found = [
        *late(recoveries),
        *violations(history.told(), there),
        *wrong_effects(history.approved, effects),
        *wrongly_heard(heard, offered, filled_again=fills_events_again(one.fault for one in recoveries)),
    ]
    outcome = Outcome(
        recoveries=recoveries,
        acknowledged=len(history.created) + len(history.submitted) + len(history.approved),
        violations=found if history.approved else ["no contribution came to its end: nothing was tested"],
    )
    _tell(history, outcome, took, heard)
    return outcome


def _tell(history: History, outcome: Outcome, took: float, heard: Heard) -> None:
    print(
        f"  {len(outcome.recoveries)} faults, the longest recovery {outcome.longest:.1f} s;"
        f" {len(history.created)} contributions made, {len(history.submitted)} submitted,"
        f" {len(history.approved)} approved; {len(history.unfinished)} given up by their client;"
        f" at rest after {took:.1f} s"
    )
    print(
        f"  {heard.searches} searches; the follower of /events was told {len(heard.by_follower)} events,"
        f" the partner on NATS {len(heard.by_partner)}"
    )
    for reason in history.unfinished:
        print(f"  given up: {reason}")
