"""Forms that only this provider can have given out, to this browser, for this very request."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

FORM_COOKIE = "pe_sign_in_form"
SESSION_COOKIE = "pe_sign_in"


class FormSeal:
    """Seals a form's fields to a random cookie of the browser: neither a foreign page nor a changed field passes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, browser: str, fields: Mapping[str, str]) -> str:
        """Return the seal to put into the form."""
        text = json.dumps([browser, sorted(fields.items())])
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def holds(self, seal: str, browser: str | None, fields: Mapping[str, str]) -> bool:
        return bool(browser) and hmac.compare_digest(self.of(browser or "", fields).encode(), seal.encode())


def browser_of(request: Request) -> str:
    """Return the random word that this browser keeps for its forms, a new one if it has none."""
    return request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)


def keep(response: Response, cookie: str, value: str) -> None:
    """Set a cookie that scripts cannot read and foreign pages cannot send with a form."""
    response.set_cookie(cookie, value, httponly=True, samesite="lax", path="/")
