"""Another front-end for the site of the tests, to which some services can be away."""

import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator

import httpx

from local.free_ports import free_port
from local.process import Process, ready
from tests.web.site import Site

SERVICES = ("submissions", "review", "search", "notifications", "syndication")


@contextlib.asynccontextmanager
async def front_end(site: Site, **changes: str) -> AsyncIterator[str]:
    """Another front-end of the same site, which knows its sessions; yields its address."""
    assert site.folder
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    secret = json.loads((site.folder / "web-secret.json").read_text())["web"]
    settings = {
        "MONGODB_URL": f"mongodb://127.0.0.1:{site.ports.of('mongod')}/?directConnection=true",
        "DATABASE": "practice_exchange_web",
        "OIDC_ISSUER": site.ports.url("sign-in"),
        "WEB_SECRET": secret,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": address,
        **{f"{name.upper()}_URL": site.ports.url(name) for name in SERVICES},
        **changes,
    }
    process = Process(
        [sys.executable, "-m", "services.web"], log=site.folder / "second-web.log", environment=os.environ | settings
    )

    async def answers() -> bool:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            with contextlib.suppress(httpx.HTTPError):
                return (await http.get(f"{address}/health/ready")).is_success
        return False

    try:
        await ready(process, answers, name="the front-end", patience=30)
        yield address
    finally:
        await process.stop()
