"""The clocks of a fault run: each service's, and so far off as a file says."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from shared.clock import Clock, utc_now
from tests.system import SERVICES, System

CLOCK_FILE: Final = "CLOCK_FILE"


class Clocks:
    """``put`` makes a service's clock jump. A service is told its file by the environment."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    @contextmanager
    def around(self, system: System) -> Iterator[None]:
        """Have the services run by clocks of their own until the block ends. It is entered before they start."""
        self._folder = system.folder / "clocks"
        self._folder.mkdir(exist_ok=True)
        for service in SERVICES:
            self.put(service, timedelta())
            system.commands[service] = ("-m", "tests.faults.off_time", service)
        yield

    def put(self, service: str, off: timedelta) -> None:
        """Let a service's clock go so far before the real one (behind it, when negative), from now on."""
        file = self._file(service)
        part = file.with_suffix(".part")
        part.write_text(str(off.total_seconds()))
        part.replace(file)

    def rerouted(self, service: str, environment: Mapping[str, str]) -> dict[str, str]:
        """Return a service's environment with the file of its clock in it."""
        return {**environment, CLOCK_FILE: str(self._file(service))}

    def _file(self, service: str) -> Path:
        if self._folder is None:
            raise RuntimeError("there are no clocks outside of a run")
        return self._folder / service


def clock_of(file: Path) -> Clock:
    """Return a clock that is off by the seconds in a file, read each time."""

    def off_time() -> datetime:
        return utc_now() + timedelta(seconds=float(file.read_text()))

    return off_time


def given_clock() -> Clock:
    """Return the clock of the file that the environment names."""
    return clock_of(Path(os.environ[CLOCK_FILE]))
