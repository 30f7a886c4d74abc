"""The doctor, for a demo that is up: it knows where everything is."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from local.addresses import SERVICES, Outside, Ports
from local.nats_users import OPERATOR
from local.partners import REMEMBERED, NotUp
from shared.doctor.__main__ import main


def examine_demo(data: Path, ports: Ports, arguments: Sequence[str]) -> int:
    """Run ``python -m shared.doctor`` on the demo of this data and these ports. Raises NotUp."""
    outside = Outside.of_environment()
    given = {f"{name.upper()}_URL": ports.url(name) for name in SERVICES}
    given["OIDC_ISSUER"] = outside.oidc_issuer or ports.url("sign-in")
    given["MONGODB_URL"] = outside.mongodb_url or f"mongodb://127.0.0.1:{ports.of('mongod')}/?directConnection=true"
    if outside.nats_url is None:
        try:
            remembered = json.loads((data / "nats" / REMEMBERED).read_text())
            given["NATS_PASSWORD"] = json.loads((data / "nats-passwords.json").read_text())[OPERATOR]
        except FileNotFoundError as error:
            raise NotUp(f"no demo has run on {data}: 'make demo' starts one") from error
        given |= {name: remembered[name] for name in ("NATS_URL", "NATS_USER", "NATS_CA") if name in remembered}
    os.environ.update(given)
    return main(arguments)
