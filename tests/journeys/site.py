"""Journeys on a site that runs somewhere else, behind its proxy: given by the environment (``SITE_URL`` and so on).

The people of the tests are nobody's accounts: their tokens are signed with the key of the site's own sign-in, which
only a trial gives away.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
from joserfc.jwk import RSAKey
from pydantic import Field, FilePath
from pydantic_settings import BaseSettings, SettingsConfigDict

from local.idp.keys import SigningKeys
from local.nats_users import OBSERVER, OPERATOR
from services.openapi.documents import applications
from tests.journeys.house import House
from tests.servers import NatsWithUsers
from tests.services.notifications.sink import Mail
from tests.tokens import Issuer

CALL_SECONDS = 60.0
_FOR_TERMINALS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Site(BaseSettings):
    """``at`` is where the proxy is reached from here, whatever name ``url`` has; ``secrets`` is the folder that
    ``python -m deploy secrets`` made, ``signing_keys`` the file of the sign-in's keys, ``mailbox`` the address of a
    Mailpit behind the same proxy, and ``logs`` a command that prints what the services have logged."""

    model_config = SettingsConfigDict(env_prefix="SITE_", frozen=True)

    url: str = Field(pattern=r"^https://[^/]+$")
    at: str = Field(pattern=r"^https://[^/]+$")
    issuer: str
    signing_keys: FilePath
    mailbox: str
    nats_url: str
    secrets: Path
    logs: str

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.secrets / "authorities.pem")

    def passwords(self) -> Mapping[str, str]:
        """Return the password of each user on NATS."""
        return {
            file.name.removeprefix("nats_password_"): file.read_text("utf-8").strip()
            for file in self.secrets.glob("nats_password_*")
        }

    def logged(self) -> str:
        """Return the lines that are JSON: servers of others log in a form of their own."""
        done = subprocess.run(shlex.split(self.logs), check=True, capture_output=True, text=True)
        lines = _FOR_TERMINALS.sub("", done.stdout).splitlines()
        return "\n".join(line for line in lines if line.startswith("{"))

    def signed_in(self) -> Issuer:
        key: RSAKey = SigningKeys(self.signing_keys).signing
        return Issuer(issuer=self.issuer, key=key)


class Mailpit:
    """The mails that a Mailpit has, by its API v1; each is fetched once."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._kept: dict[str, bytes] = {}

    def to(self, address: str) -> list[Mail]:
        found = self._get("/api/v1/search", query=f'to:"{address}"', limit="200").json()["messages"]
        return [Mail(recipient=address, raw=self._raw(one["ID"])) for one in reversed(found)]

    def _raw(self, identifier: str) -> bytes:
        if identifier not in self._kept:
            self._kept[identifier] = self._get(f"/api/v1/message/{identifier}/raw").content
        return self._kept[identifier]

    def _get(self, path: str, **query: str) -> httpx.Response:
        return self._http.get(path, params=query).raise_for_status()


def named(url: str) -> dict[str, str]:
    """Return the header that names the host to the proxy: its name need not lead here."""
    return {"Host": url.removeprefix("https://")}


@contextlib.asynccontextmanager
async def open_site(site: Site) -> AsyncIterator[House]:
    """Reach everything of the site until the block ends."""
    nats = NatsWithUsers(url=site.nats_url, passwords=site.passwords())
    apps = await applications()
    async with contextlib.AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=f"{site.at}/api/{name}",
                    headers=named(site.url),
                    verify=site.trusting,
                    timeout=CALL_SECONDS,
                )
            )
            for name in apps
        }
        letters = stack.enter_context(
            httpx.Client(base_url=site.at, headers=named(site.mailbox), verify=site.trusting, timeout=CALL_SECONDS)
        )
        operator, observer = await nats.connect(OPERATOR), await nats.connect(OBSERVER)
        stack.push_async_callback(operator.close)
        stack.push_async_callback(observer.close)
        yield House(
            issuer=site.signed_in(),
            apps=apps,
            clients=clients,
            public_url=site.url,
            letters=Mailpit(letters),
            operator=operator,
            observer=observer,
            log=site.logged,
        )
