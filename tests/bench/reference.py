"""How quick the machine is while something else is measured: the processor time of one request to the raw reference.

It is FastAPI alone with one bare transaction of two documents (``tests.bench.bare``): nothing of ours is in it, so a
figure divided by it can be compared with that of another hour, or of another machine.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.bench.bare import ALONE
from tests.bench.create import bare, bodies, documents
from tests.bench.figures import cpu_seconds
from tests.bench.load import post_load
from tests.system import System

CLIENTS = 8
REQUESTS = 600


@dataclass(slots=True, kw_only=True)
class Reference:
    """The raw reference, running. ``taken`` are the CPU seconds of one request, each time they were measured."""

    url: str
    pid: int
    taken: list[float] = field(default_factory=list)

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, system: System) -> AsyncIterator["Reference"]:
        """Run it on the system's own database until the block ends."""
        path = system.folder / "documents.bson"
        path.write_bytes(await documents(system, bodies()[0]))
        process, url = await bare(system, path, ALONE)
        try:
            reference = cls(url=url, pid=process.pid)
            await reference.measure()
            reference.taken.clear()  # the first requests of a process are slow
            yield reference
        finally:
            await process.stop()

    async def measure(self) -> None:
        """Note what a request costs now."""
        body = bodies()[0]
        before = cpu_seconds(self.pid)
        await post_load(f"{self.url}/contributions", lambda _: body, clients=CLIENTS, requests=REQUESTS, headers={})
        self.taken.append((cpu_seconds(self.pid) - before) / REQUESTS)

    @property
    def seconds(self) -> float:
        """CPU seconds of one request, the mean of all that was measured."""
        return sum(self.taken) / len(self.taken)
