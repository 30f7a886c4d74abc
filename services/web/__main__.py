"""``python -m services.web``: run the web front-end until it is told to stop."""

import argparse

from services.web.app import build
from services.web.settings import WebSettings
from shared.service import Part, run, serve
from shared.settings import read_settings


async def _main() -> None:
    await serve(build(read_settings(WebSettings)), Part.API)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m services.web", description=__doc__)
    parser.add_argument("part", nargs="?", choices=["api", "all"], default="all", help="it has no worker side")
    parser.parse_args()
    run(_main())
