"""``python -m tests.compose``: start an installation by Docker Compose, play the main job on it, write the report."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.compose import cluster
from tests.compose.installation import ROOT, ComposeFailed, Installation, installation
from tests.compose.report import Report, memory, versions

T = TypeVar("T")
REPORTS = ROOT / "docs" / "reports"
TESTS = ("tests/journeys", "tests/compose")
CLUSTER = (Path("docker-compose.cluster.yml"), Path("tests/compose/docker-compose.cluster.yml"))


def _timed(report: Report, what: str, act: Callable[[], T]) -> T:
    """Do it, saying so, and note how long it took."""
    print(f"{what} ...", flush=True)
    started = time.monotonic()
    result = act()
    report.steps[what] = time.monotonic() - started
    print(f"  {report.steps[what]:.0f} s", flush=True)
    return result


def _story(made: Installation, report: Report) -> None:
    report.story = made.compose("run", "--rm", "-T", "story")
    print("\n".join(f"  {line}" for line in report.story.splitlines()[-8:]), flush=True)


def _journeys(made: Installation, report: Report) -> bool:
    """Run the journey tests on it; returns whether all of them passed."""
    results = made.folder / "tests.xml"
    command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={results}", "--timeout=600", *TESTS]
    done = subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, **made.site()})
    if results.exists():
        report.read_tests(results)
    return done.returncode == 0


def _roll(made: Installation, report: Report) -> bool:
    """Restart everything under load; returns whether nothing was lost and no request failed."""
    report.history, report.away = asyncio.run(cluster.roll(made))
    report.search = {name: status["sequence"] for name, status in cluster.search_copies(made).items()}
    wrong = asyncio.run(cluster.broken_promises(made, report.history))
    for one in wrong:
        print(f"  {one}", file=sys.stderr)
    return not wrong


def _play(report: Report, *, on_a_cluster: bool) -> bool:
    name = f"journey-{report.name}"
    with installation(ROOT / ".data" / name, *(CLUSTER if on_a_cluster else ())) as made:
        well = False
        try:
            well = _played(made, report, on_a_cluster=on_a_cluster)
        finally:
            if not well:
                (ROOT / ".data" / f"{name}.log").write_text(made.compose("logs", "--no-color"), "utf-8")
                print(f"the logs of the containers are in .data/{name}.log", file=sys.stderr)
        return well


def _played(made: Installation, report: Report, *, on_a_cluster: bool) -> bool:
    _timed(report, "build the images", made.build)
    _timed(report, "docker compose up", lambda: made.compose("up", "--detach"))
    _timed(report, "the story of the demo", lambda: _story(made, report))
    report.memory = memory(made)
    report.versions = versions(made)
    well = True
    if on_a_cluster:
        well = _timed(report, "a rolling restart of everything under load", lambda: _roll(made, report))
    return _timed(report, "the journeys of the tests", lambda: _journeys(made, report)) and well


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compose", description=__doc__)
    parser.add_argument("--cluster", action="store_true", help="on a cluster, while everything is restarted")
    arguments = parser.parse_args()
    report = Report(name="cluster" if arguments.cluster else "compose")
    try:
        well = _play(report, on_a_cluster=arguments.cluster)
    except ComposeFailed as error:
        print(error, file=sys.stderr)
        return 1
    if not well:
        return 1
    file = REPORTS / f"journey-{report.name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(report.text(), "utf-8")
    print(f"All of it went well; the report is in {file.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
