"""How much memory all of it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from local.house import House

MEGABYTE = 1_000_000


def memory(house: House) -> str:
    """Say how much resident memory this process and all its children hold, together and each.

    Pages that several of them share count once for each.
    """
    me = psutil.Process()
    names = {process.pid: name for name, process in house.processes.items()}
    held: dict[str, int] = {}
    for process in (me, *me.children(recursive=True)):
        try:
            held[names.get(process.pid, "this process")] = process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    each = ", ".join(f"{name} {size / MEGABYTE:.0f}" for name, size in held.items())
    return f"All processes together hold {sum(held.values()) / MEGABYTE:.0f} MB of memory ({each})"
