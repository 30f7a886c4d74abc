"""All faults, and the order in which they come."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from tests.faults.fault import Fault
from tests.faults.kinds import bus, clock, database, disk, messages, network, processes
from tests.faults.rig import Rig


def every_fault(rig: Rig) -> tuple[Fault, ...]:
    """Return every fault that this machine allows, each once."""
    around = (
        ()
        if rig.cluster
        else (
            *network.faults(rig.network),
            *disk.faults(rig.disks),
            *clock.faults(rig.clocks),
        )
    )
    return (
        *processes.faults(),
        *around,
        *database.faults(cluster=rig.cluster),
        *bus.faults(cluster=rig.cluster),
        *messages.faults(),
    )


def chosen(faults: Sequence[Fault], only: Sequence[str]) -> tuple[Fault, ...]:
    """Return those whose name holds one of the words, in any case; all of them without words.

    Raises ValueError for a word that no name holds.
    """
    for word in only:
        if not any(word.lower() in fault.name.lower() for fault in faults):
            raise ValueError(f"no fault is called {word!r}; --list shows them")
    return tuple(fault for fault in faults if not only or any(word.lower() in fault.name.lower() for word in only))


def shuffled(faults: Sequence[Fault], dice: random.Random, *, again: bool) -> Iterator[Fault]:
    """Give each once in an order of the dice's; with ``again`` for ever, each once before any comes again."""
    while True:
        order = list(faults)
        dice.shuffle(order)
        yield from order
        if not again:
            return
