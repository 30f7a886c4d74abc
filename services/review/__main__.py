"""``python -m services.review [api|worker|all]``: run the service until it is told to stop."""

import argparse

from services.review.app import build
from services.review.settings import ReviewSettings
from shared.service import Part, run, serve
from shared.settings import read_settings


async def _main(part: Part) -> None:
    await serve(build(read_settings(ReviewSettings)), part)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m services.review", description=__doc__)
    parser.add_argument("part", nargs="?", type=Part, choices=list(Part), default=Part.ALL)
    run(_main(parser.parse_args().part))
