"""``python -m local.play``: play the main job on a site that runs already, as its people would; the exit code tells."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from local.nats_users import OBSERVER
from local.play.place import Site
from local.play.story import play
from local.words import Words


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local.play",
        description="Play the main job on a site that has the demo's accounts. It is safe to repeat.",
        epilog="The password of the NATS user observer: NATS_PASSWORD, or the file nats_password in SECRETS_DIR."
        " SSL_CERT_FILE: the authorities to trust.",
    )
    parser.add_argument("--site", required=True, metavar="URL", help="where browsers reach the site")
    parser.add_argument("--issuer", required=True, metavar="URL", help="the sign-in")
    parser.add_argument("--mailbox", metavar="URL", help="Mailpit, which gets its mail (else it is not checked)")
    parser.add_argument("--nats", default="nats://127.0.0.1:4222", metavar="URL", help="where public events are heard")
    parser.add_argument("--leave-work", action="store_true", help="leave something for whoever tries it afterwards")
    return parser.parse_args()


def _password() -> str | None:
    if given := os.environ.get("NATS_PASSWORD"):
        return given
    folder = os.environ.get("SECRETS_DIR")
    return (Path(folder) / "nats_password").read_text().strip() if folder else None


async def _main(arguments: argparse.Namespace) -> int:
    site = Site(
        url=arguments.site.rstrip("/"),
        issuer=arguments.issuer,
        mailbox=arguments.mailbox,
        nats_url=arguments.nats,
        nats_sign_in={OBSERVER: (OBSERVER, _password())},
    )
    return 0 if await play(site, Words(), leaves_work=arguments.leave_work) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(_arguments())))
