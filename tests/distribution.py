"""Which worker runs which file of tests, when several share a run (pytest-xdist).

Files are given out whole, as ``--dist loadfile`` does. The tests of some packages share an installation that takes ten
seconds and more to start and ends when its worker goes on to another package. So a worker that is in such a package
stays there, and another joins it only when nothing else is left to do.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

SHARING = ("tests/web/", "tests/operations/", "tests/journeys/", "tests/shared/backup/")


class FewInstallations(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a worker files of the package it is in; then of one that nobody is in; then of none; then any."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        self._packages: dict[WorkerController, str] = {}

    def _assign_work_unit(self, node: WorkerController) -> None:
        file = self._next_for(node)
        self._packages[node] = package_of(file)
        self.workqueue.move_to_end(file, last=False)
        super()._assign_work_unit(node)

    def _next_for(self, node: WorkerController) -> str:
        here = self._packages.get(node, "")
        elsewhere = {package for other, package in self._packages.items() if other is not node}
        # ``min`` keeps the order of the queue among equals: files with the most tests come first.
        files: list[str] = list(self.workqueue)
        return min(files, key=lambda file: rank(package_of(file), here, elsewhere))


def rank(package: str, here: str, elsewhere: set[str]) -> int:
    """Return how gladly a worker takes a file of a package, least first; ``""`` is no package that shares anything."""
    if package and package == here:
        return 0
    if package and package not in elsewhere:
        return 1
    return 2 if not package else 3


def package_of(file: str) -> str:
    """Return which package with an installation of its own a file belongs to, ``""`` for none."""
    return next((package for package in SHARING if file.startswith(package)), "")
