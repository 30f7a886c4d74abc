"""``python -m services.submissions [api|worker|all]`` runs the service; ``import FILE.csv`` brings in an export."""

import sys

from services.submissions.app import build
from services.submissions.settings import SubmissionsSettings
from shared.service import Part, run, run_until_stopped


async def _run(part: Part) -> None:
    await run_until_stopped(await build(SubmissionsSettings()), part)


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 all well, 1 something was not imported, 2 nothing could be done."""
    name = arguments[0] if arguments else Part.ALL.value
    if name not in [part.value for part in Part]:
        print(f"usage: python -m services.submissions [{'|'.join(part.value for part in Part)}] | import FILE.csv")
        return 2
    run(_run(Part(name)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
