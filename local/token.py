"""An access token of a demo account, for a program that tries the APIs, signed in as people are."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httpx

from local.addresses import Outside, Ports
from local.idp.accounts import PASSWORD, Accounts
from local.partners import NotUp
from local.sign_in import Client, SignInFailed, sign_in

REFUSED = 2
_SECONDS = 10.0


def show_token(login: str, ports: Ports) -> int:
    """Print the token alone, so that a shell can take it; what is said of it goes to standard error. Raises NotUp."""
    if Outside.of_environment().oidc_issuer:
        sys.stderr.write("OIDC_ISSUER names a sign-in of others: only it gives tokens\n")
        return REFUSED
    logins = [account.login for account in Accounts.load()]
    if login not in logins:
        sys.stderr.write(f"there is no demo account {login!r}; there are {', '.join(logins)}\n")
        return REFUSED
    try:
        given = asyncio.run(_token(login, ports))
    except httpx.ConnectError as error:
        at = ports.url("sign-in")
        raise NotUp(f"no sign-in answers at {at}: 'make demo' starts one, --first-port says on which ports") from error
    except SignInFailed as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    sys.stderr.write(f"a token of {login}, good for {given['expires_in'] // 60} minutes\n")
    sys.stdout.write(f"{given['access_token']}\n")
    return 0


async def _token(login: str, ports: Ports) -> dict[str, Any]:
    client = Client(client_id="practice-exchange-demo", redirect_uri=f"{ports.url('web')}/signed-in")
    async with httpx.AsyncClient(timeout=_SECONDS) as http:
        return await sign_in(http, ports.url("sign-in"), client, login=login, password=PASSWORD)
