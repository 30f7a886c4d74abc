"""Figures: how they are counted, and how they are written down."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the report. ``goal`` is what was promised, ``kept`` whether it was; None where nothing was."""

    name: str
    value: str
    goal: str = ""
    kept: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One measurement: what was done, and what came out."""

    title: str
    how: str
    figures: tuple[Figure, ...]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def cpu_seconds(pid: int) -> float:
    """Return the user and system time that a process has used, from ``/proc``."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine() -> str:
    """Return what the figures were measured on, without anything that names it."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text("ascii", "replace").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"


def report(sections: Sequence[Section], versions: str) -> str:
    """Return the page for ``docs/benchmarks.md``."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`: everything in one run on one machine. Absolute times depend on the machine; where",
        "there is a reference, the ratio to it is what counts.",
        "",
        f"Machine: {machine()}. {versions}",
    ]
    for section in sections:
        lines += [
            "",
            f"## {section.title}",
            "",
            section.how,
            "",
            "| figure | measured | goal | kept |",
            "|---|---|---|---|",
        ]
        for figure in section.figures:
            kept = {None: "", True: "yes", False: "**no**"}[figure.kept]
            lines.append(f"| {figure.name} | {figure.value} | {figure.goal} | {kept} |")
    return "\n".join(lines) + "\n"
