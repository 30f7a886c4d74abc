"""The command for partners, on a demo that is up: who they are stays with the demo's data."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from local.certificates import Certificates
from local.nats import NatsServer
from local.nats_users import OPERATOR
from shared.bus.partners.__main__ import main

REMEMBERED = "partners-settings.json"


class NotUp(Exception):
    """No demo runs on this data."""


def remember(data: Path, server: NatsServer, certificates: Certificates | None) -> None:
    """Keep where NATS is, for the command; it is another process."""
    given = {
        "NATS_URL": server.url,
        "NATS_USER": OPERATOR,
        "NATS_PID_FILE": str(server.pid_file),
        "PARTNERS_FILE": str(data / "nats" / "partners.json"),
        "PARTNERS_ACCOUNTS": str(server.partners),
    }
    if server.websocket_url:
        given["PARTNERS_WEBSOCKET_URL"] = server.websocket_url
    if certificates:
        given["NATS_CA"] = given["PARTNERS_CA"] = str(certificates.authority)
    (data / "nats" / REMEMBERED).write_text(json.dumps(given, indent=2))


def manage_partners(data: Path, arguments: Sequence[str]) -> int:
    """Run ``python -m shared.bus.partners`` as the demo's operator. Raises NotUp."""
    try:
        given = json.loads((data / "nats" / REMEMBERED).read_text())
        password = json.loads((data / "nats-passwords.json").read_text())[OPERATOR]
    except FileNotFoundError as error:
        raise NotUp(f"no demo has run on {data}: 'make demo' starts one") from error
    os.environ.update(given | {"NATS_PASSWORD": password})
    return main(arguments)
