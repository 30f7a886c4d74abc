"""``python -m tests.bench``: measure everything in one run and write ``docs/benchmarks.md``."""

import argparse
import sys
import tempfile
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

from shared.service import run
from tests.bench import create, demo, drivers, harvest, life, search_latency, stream, web, webhooks
from tests.bench.figures import Section, report
from tests.system import running_system

PAGE = Path("docs/benchmarks.md")
LIBRARIES = ("fastapi", "faststream", "nats-py", "pymongo", "pydantic", "tantivy", "uvloop", "motor")
NAMES = ("create", "life", "found", "search", "webhooks", "web", "harvest", "drivers", "stream", "demo")

Measure = Callable[[], Awaitable[Section]]


async def _measure(chosen: tuple[str, ...], folder: Path, found: list[Section], *, minutes: float) -> None:

    async def add(name: str, measure: Measure) -> None:
        if name in chosen:
            print(f"measuring: {name}", flush=True)
            section = await measure()
            found.append(section)
            for figure in section.figures:
                print(
                    f"  {figure.name}: {figure.value}{'' if figure.kept in (None, True) else '   NOT KEPT'}", flush=True
                )

    if "life" in chosen:
        async with running_system(folder / "together", together=True) as system:
            await life.sign_in(system)
            await add("life", lambda: life.measure_life(system))
    if not {"life", "found"}.isdisjoint(chosen):
        async with running_system(folder / "system") as system:
            await life.sign_in(system)
            await add("life", lambda: life.measure_life(system))
            await add("found", lambda: life.measure_found(system))
    if not {"create", "drivers"}.isdisjoint(chosen):
        async with running_system(folder / "submissions", services=("submissions",)) as system:
            await add("create", lambda: create.measure(system))
            await create.let_rest(system)
            await add("drivers", lambda: drivers.measure(system.mongod.url))
    if "stream" in chosen:
        async with running_system(folder / "stream", services=("syndication",)) as system:
            await add("stream", lambda: stream.measure(system, minutes=minutes))
    await add("search", search_latency.measure)
    if "webhooks" in chosen:
        async with running_system(folder / "webhooks", services=("syndication",)) as system:
            await add("webhooks", lambda: webhooks.measure(system))
    await add("web", lambda: web.measure(folder))
    await add("harvest", lambda: harvest.measure(folder))
    await add("demo", lambda: demo.measure(folder))


def _main(chosen: tuple[str, ...], *, minutes: float) -> int:
    sections: list[Section] = []
    # On the disk that the project lies on: in memory, a database would look faster than it is.
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        run(_measure(chosen, Path(folder).resolve(), sections, minutes=minutes))
    if set(chosen) == set(NAMES):
        versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
        PAGE.write_text(report(sections, f"{versions}; mongod 6.0.5, nats-server 2.15.1."), "utf-8")
        print(f"written to {PAGE}")
    return 1 if any(figure.kept is False for section in sections for figure in section.figures) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = ", ".join(NAMES)
    parser.add_argument(
        "what",
        nargs="*",
        metavar="NAME",
        choices=[*NAMES, []],
        help=f"only these of {names}; all write the page",
    )
    parser.add_argument(
        "--minutes", type=float, default=0.5, help="how long memory is watched in stream (10 to be sure)"
    )
    arguments = parser.parse_args()
    sys.exit(_main(tuple(arguments.what) or NAMES, minutes=arguments.minutes))
