"""``python -m services.search [api|worker|all]`` runs one replica; ``evaluate FOLDER...`` measures how well it finds,
``drift`` compares the index with the record.

A replica follows what it serves, so ``worker`` alone has nothing to do.
"""

import sys

from services.search.settings import SearchSettings
from shared.service import Part, run, serve
from shared.settings import read_settings


async def _serve(part: Part) -> None:
    from services.search.app import build  # noqa: PLC0415 - measuring needs nothing of it

    await serve(build(read_settings(SearchSettings)), part)


def _evaluate(given: list[str]) -> int:
    from services.search.evaluate.command import main as evaluate  # noqa: PLC0415 - nor the service of this

    return evaluate(given)


def _drift(given: list[str]) -> int:
    from services.search.drift_command import main as drift  # noqa: PLC0415 - nor this of the service

    return drift(given)


def main(given: list[str]) -> int:
    """Return the exit code."""
    name, *rest = given or [Part.ALL.value]
    if name == "evaluate":
        return _evaluate(rest)
    if name == "drift":
        return _drift(rest)
    parts = [part.value for part in Part]
    if rest or name not in parts:
        usage = f"usage: python -m services.search [{'|'.join(parts)}] | evaluate FOLDER... [--json] | drift [--repair]"
        print(usage, file=sys.stdout if name in {"-h", "--help"} else sys.stderr)
        return 0 if name in {"-h", "--help"} else 2
    run(_serve(Part(name)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
