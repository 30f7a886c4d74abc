"""``python -m services.notifications [api|worker|all]``: run the service until it is told to stop."""

import argparse

from services.notifications.app import build
from services.notifications.settings import NotificationSettings
from shared.service import Part, run, serve
from shared.settings import read_settings


async def _main(part: Part) -> None:
    await serve(build(read_settings(NotificationSettings)), part)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m services.notifications", description=__doc__)
    parser.add_argument("part", nargs="?", type=Part, choices=list(Part), default=Part.ALL)
    run(_main(parser.parse_args().part))
