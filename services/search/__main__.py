"""``python -m services.search [api|worker|all]``: run one replica until it is told to stop.

A replica follows what it serves, so ``worker`` alone has nothing to do.
"""

import argparse

from services.search.app import build
from services.search.settings import SearchSettings
from shared.service import Part, run, run_until_stopped


async def _main(part: Part) -> None:
    await run_until_stopped(await build(SearchSettings()), part)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m services.search", description=__doc__)
    parser.add_argument("part", nargs="?", type=Part, choices=list(Part), default=Part.ALL)
    run(_main(parser.parse_args().part))
