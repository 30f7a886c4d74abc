"""What came of a journey on an installation, as a page."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.compose.installation import Installation, output_of
from tests.compose.load import History

_INTRODUCTIONS = {
    "compose": [
        "# A journey on Docker Compose",
        "",
        "Written by `make journey-compose`: an installation as docker-compose.yml has it is built, started on an empty",
        "folder and empty volumes, the demo's story is played through its proxy, then the journey tests of",
        "`tests/journeys` and what `tests/compose` says of walls and rights run against it.",
    ],
    "cluster": [
        "# A journey on a cluster",
        "",
        "Written by `make journey-cluster`: docker-compose.yml with docker-compose.cluster.yml over it, started on an",
        "empty folder and empty volumes. The demo's story is played; then every container is restarted, one after the",
        "other, while people submit, review and publish; then the journey tests run against it.",
    ],
}
_MEBI = {"KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}


@dataclass(slots=True, kw_only=True)
class Report:
    """``steps`` are seconds by step, ``memory`` MiB by container, ``tests`` seconds by test that passed, ``away``
    seconds by container that was restarted, ``search`` the sequence that each copy of search is at."""

    name: str
    steps: dict[str, float] = field(default_factory=dict)
    story: str = ""
    memory: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    tests: dict[str, float] = field(default_factory=dict)
    history: History | None = None
    away: dict[str, float] = field(default_factory=dict)
    search: dict[str, int] = field(default_factory=dict)

    def read_tests(self, results: Path) -> None:
        """Take the tests that passed from a JUnit file."""
        for case in ET.parse(results).getroot().iter("testcase"):
            if len(case.findall("*")) == 0:
                file = case.attrib["classname"].removeprefix("tests.")
                self.tests[f"{file}: {case.attrib['name'].removeprefix('test_').replace('_', ' ')}"] = float(
                    case.attrib["time"]
                )

    def text(self) -> str:
        came_of_it = self.story.partition("What came of it")[2].strip().splitlines()
        outcomes = [line.strip() for line in came_of_it if line.strip()]
        return "\n".join(
            [
                *_INTRODUCTIONS[self.name],
                "",
                f"Run on {datetime.now(UTC).date()}: "
                + ", ".join(f"{name} {version}" for name, version in self.versions.items())
                + ".",
                "",
                *_table("step", "seconds", {name: f"{seconds:.0f}" for name, seconds in self.steps.items()}),
                "",
                "## What came of the story",
                "",
                *(f"- {line}" for line in outcomes),
                "",
                *self._of_the_restart(),
                f"## {len(self.tests)} tests passed",
                "",
                *_table("test", "seconds", {name: f"{seconds:.1f}" for name, seconds in self.tests.items()}),
                "",
                f"## Memory after the story: {sum(self.memory.values()):.0f} MiB",
                "",
                *_table("container", "MiB", {name: f"{size:.0f}" for name, size in sorted(self.memory.items())}),
                "",
            ]
        )

    def _of_the_restart(self) -> list[str]:
        if self.history is None:
            return []
        told = self.history
        return [
            f"## A rolling restart of {len(self.away)} containers under load",
            "",
            f"- {told.requests} requests, {len(told.failures)} failed. Nobody asked twice but the proxy.",
            f"- {len(told.approved)} contributions were submitted, reviewed, approved, published and found meanwhile.",
            f"- The system that listens to `/events` was connected {told.connections} times and heard of every one.",
            f"- A webhook was sent {len(told.deliveries)} requests, signed: every publication, each practice in order.",
            "- Every event of every contribution is in the stream once and in order, on three nodes; no dead letters.",
            "- Copies of search and the sequence of the catalogue that each is at: "
            + ", ".join(f"{name.rpartition('-')[2]}: {at}" for name, at in sorted(self.search.items()))
            + ".",
            "",
            *_table("container", "seconds until healthy again", {k: f"{v:.0f}" for k, v in self.away.items()}),
            "",
        ]


def _table(what: str, measure: str, rows: dict[str, str]) -> list[str]:
    return [f"| {what} | {measure} |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]


def memory(made: Installation) -> dict[str, float]:
    """Return what each container holds, in MiB."""
    named = {one["Name"]: one["Service"] for one in made.states() if one["State"] == "running"}
    lines = output_of(["docker", "stats", "--no-stream", "--format", "{{json .}}", *named]).splitlines()
    found: dict[str, float] = {}
    for one in (json.loads(line) for line in lines if line.startswith("{")):
        used = one["MemUsage"].split("/")[0].strip()
        unit = next(unit for unit in _MEBI if used.endswith(unit))
        found[named[one["Name"]]] = found.get(named[one["Name"]], 0) + float(used.removesuffix(unit)) * _MEBI[unit]
    return found


def versions(made: Installation) -> dict[str, str]:
    """Return the versions of what was run."""
    mongod = made.compose("exec", "-T", "mongo", "mongod", "--version").splitlines()[0].split("v")[-1]
    nats = made.compose("exec", "-T", "nats", "nats-server", "--version").split("v")[-1].strip()
    python = made.compose("exec", "-T", "web", "python3", "--version").split()[-1]
    docker = output_of(["docker", "version", "--format", "{{.Server.Version}}"]).strip()
    return {"MongoDB": mongod, "nats-server": nats, "Python": python, "Docker": docker}
