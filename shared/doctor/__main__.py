"""``python -m shared.doctor``: look at a running installation and say in words what is wrong and what mends it."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from shared.bus.command_line import Parser
from shared.doctor.examine import examine
from shared.doctor.finding import Finding, Weight
from shared.doctor.settings import SERVICES, DoctorSettings
from shared.settings import HttpUrl, read_settings

WELL, WRONG = 0, 1
_HTTP = TypeAdapter(HttpUrl)


def _parser() -> Parser:
    names = ", ".join(f"{name.upper()}_URL" for name in SERVICES)
    parser = Parser(
        prog="python -m shared.doctor",
        description=f"Looks at a running installation. {names} say where the services are (those of a demo on this"
        " machine); MONGODB_URL, NATS_URL (NATS_USER, NATS_PASSWORD, NATS_CA), OIDC_ISSUER and PUBLIC_URL are looked at"
        " where they are set. Nothing is changed.",
        epilog="Exit code 0: all is well (but for notes). 1: something is wrong. 2: arguments or settings are.",
    )
    parser.add_argument(
        "--url",
        type=_address,
        action="append",
        default=[],
        metavar="SERVICE=URL",
        help="where a process of a service is, in place of its variable; once for each replica and worker",
    )
    parser.add_argument("--json", action="store_true", help="say it as JSON")
    return parser


def _address(text: str) -> tuple[str, str]:
    name, _, url = text.partition("=")
    if name not in SERVICES:
        raise argparse.ArgumentTypeError(f"{name!r} is no service; there are {', '.join(SERVICES)}")
    try:
        return name, str(_HTTP.validate_python(url)).rstrip("/")
    except ValidationError:
        raise argparse.ArgumentTypeError(f"{url!r} is no http address") from None


def main(given: Sequence[str]) -> int:
    """Return the exit code; wrong arguments and settings end the program by SystemExit."""
    arguments = _parser().parse_args(given)
    settings = read_settings(DoctorSettings)
    addresses = settings.addresses()
    for name in {name for name, _ in arguments.url}:
        addresses[name] = [url for own, url in arguments.url if own == name]
    findings = asyncio.run(examine(settings, addresses))
    well = all(finding.weight is Weight.NOTE for finding in findings)
    if arguments.json:
        print(json.dumps({"well": well, "findings": [finding.as_json() for finding in findings]}, indent=2))
    else:
        _tell(findings, well=well)
    return WELL if well else WRONG


def _tell(findings: Sequence[Finding], *, well: bool) -> None:
    for finding in findings:
        print(f"{finding.weight.value:<5}  {finding.says}")
        print(f"       {finding.mend}")
        if finding.command:
            print(f"       $ {finding.command}")
        print()
    wrong = sum(finding.weight is Weight.WRONG for finding in findings)
    print("All is well." if well else f"{wrong} thing{'s' if wrong > 1 else ''} wrong.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
