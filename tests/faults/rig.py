"""What stands around the system of a fault run, so that faults can be made: its network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.network import Network
from tests.system import System, running_system


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """Made before the system, so that faults can be listed without one."""

    network: Network = field(default_factory=Network)

    @asynccontextmanager
    async def running(self, folder: Path) -> AsyncIterator[System]:
        """Run the system, with everything around it, on data in ``folder``."""
        async with running_system(folder, wired=self._wired) as system:
            yield system

    @asynccontextmanager
    async def _wired(self, system: System) -> AsyncIterator[None]:
        async with self.network.around(system):
            system.reroute = self.network.rerouted
            yield
