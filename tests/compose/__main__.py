"""``python -m tests.compose``: start an installation by Docker Compose, play the main job on it, write the report."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.compose.installation import ROOT, ComposeFailed, Installation, installation
from tests.compose.report import Report, memory, versions

FOLDER = ROOT / ".data" / "journey-compose"
REPORT = ROOT / "docs" / "reports" / "journey-compose.md"
TESTS = ("tests/journeys", "tests/compose")


def _timed(report: Report, what: str, act: Callable[[], object]) -> None:
    """Do it, saying so, and note how long it took."""
    print(f"{what} ...", flush=True)
    started = time.monotonic()
    act()
    report.steps[what] = time.monotonic() - started
    print(f"  {report.steps[what]:.0f} s", flush=True)


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


def _play(report: Report) -> bool:
    with installation(FOLDER) as made:
        _timed(report, "build the images", made.build)
        _timed(report, "docker compose up", lambda: made.compose("up", "--detach"))
        _timed(report, "the story of the demo", lambda: _story(made, report))
        report.memory = memory(made)
        report.versions = versions(made)
        well = False

        def journeys() -> None:
            nonlocal well
            well = _journeys(made, report)

        _timed(report, "the journeys of the tests", journeys)
        if not well:
            (ROOT / ".data" / "journey-compose.log").write_text(made.compose("logs", "--no-color"), "utf-8")
            print("the logs of the containers are in .data/journey-compose.log", file=sys.stderr)
        return well


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compose", description=__doc__)
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report is written")
    arguments = parser.parse_args()
    report = Report()
    try:
        well = _play(report)
    except ComposeFailed as error:
        print(error, file=sys.stderr)
        return 1
    if not well:
        return 1
    arguments.report.parent.mkdir(parents=True, exist_ok=True)
    arguments.report.write_text(report.text(), "utf-8")
    print(f"All of it went well; the report is in {arguments.report.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
