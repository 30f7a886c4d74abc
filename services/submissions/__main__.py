"""``python -m services.submissions [api|worker|all]`` runs the service; ``import FILE.csv`` brings in an export."""

import asyncio
import sys

from services.submissions.settings import SubmissionsSettings
from shared.service import Part, run, serve
from shared.settings import read_settings


async def _serve(part: Part) -> None:
    from services.submissions.app import build  # noqa: PLC0415 - an import needs nothing of it

    await serve(build(read_settings(SubmissionsSettings)), part)


def _import(given: list[str]) -> int:
    from rich.console import Console  # noqa: PLC0415 - the service needs neither this nor the language model

    from services.submissions.importing.command import arguments, import_file  # noqa: PLC0415

    return asyncio.run(import_file(arguments(given), read_settings(SubmissionsSettings), Console()))


def main(given: list[str]) -> int:
    """Return the exit code."""
    name, *rest = given or [Part.ALL.value]
    if name == "import":
        return _import(rest)
    if rest or name not in [part.value for part in Part]:
        print(f"usage: python -m services.submissions [{'|'.join(part.value for part in Part)}] | import FILE.csv")
        return 2
    run(_serve(Part(name)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
