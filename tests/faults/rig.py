"""What stands around the system of a fault run, so that faults can be made: its network, its disks and its clocks."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.clocks import Clocks
from tests.faults.disks import Disks
from tests.faults.network import Network
from tests.system import System, running_system


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """Made before the system, so that faults can be listed without one.

    With ``cluster`` the servers are three of each, and called directly, on the disks that are there: those tell their
    clients of one another.
    """

    cluster: bool = False
    network: Network = field(default_factory=Network)
    disks: Disks = field(default_factory=Disks)
    clocks: Clocks = field(default_factory=Clocks)

    @asynccontextmanager
    async def running(self, folder: Path, *, keep: bool = False) -> AsyncIterator[System]:
        """Run the system, with everything around it, on data in ``folder``; ``keep`` what is there afterwards."""
        if self.cluster:
            async with running_system(folder, cluster=True) as system:
                yield system
            return
        with self.disks.mounted(folder, keep=keep) if self.disks.allowed else contextlib.nullcontext():
            async with running_system(folder, wired=self._wired) as system:
                yield system

    @asynccontextmanager
    async def _wired(self, system: System) -> AsyncIterator[None]:
        async with self.network.around(system):
            with self.clocks.around(system):
                system.reroute = self._rerouted
                yield

    def _rerouted(self, service: str, environment: Mapping[str, str]) -> dict[str, str]:
        return self.clocks.rerouted(service, self.network.rerouted(service, environment))
