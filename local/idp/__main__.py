"""``python -m local.idp``: run the demo sign-in alone, or give it a new signing key."""

import argparse
import sys
from pathlib import Path

import uvicorn

from local.idp.app import build_idp, provider_in
from local.idp.clients import WEB
from local.idp.keys import SigningKeys
from local.loopback import NotLoopback, loopback_only


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.idp", description="The demo sign-in, for this machine only.")
    parser.add_argument("--data", type=Path, default=Path(".data/idp"), help="where the signing key is kept")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run it")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8100)
    serve.add_argument("--issuer", metavar="URL", help="what it calls itself behind a proxy of this machine")
    serve.add_argument("--web", metavar="URL", default=WEB, help="the front-end that people sign in to")
    commands.add_parser("rotate", help="sign with a new key from now on; the last one still verifies")
    arguments = parser.parse_args()
    if arguments.command == "rotate":
        SigningKeys(arguments.data / "keys.json").rotate()
        print("New tokens are signed with a new key.")
        return 0
    try:
        host = loopback_only(arguments.host)
    except NotLoopback as error:
        print(error, file=sys.stderr)
        return 2
    issuer = arguments.issuer or f"http://{host}:{arguments.port}"
    try:
        app = build_idp(provider_in(arguments.data, issuer, web=arguments.web))
    except NotLoopback as error:
        print(error, file=sys.stderr)
        return 2
    uvicorn.run(app, host=host, port=arguments.port, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
