"""Our cookies: HttpOnly, SameSite=Lax, and with https bound to this host (``__Host-``, RFC 6265bis section 4.1.3)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """Names and writes cookies. Session cookies end with the browser unless ``seconds`` is given."""

    secure: bool

    def name(self, short: str) -> str:
        return f"{'__Host-' if self.secure else ''}pe_{short}"

    def read(self, request: Request, short: str) -> str | None:
        return request.cookies.get(self.name(short))

    def write(self, response: Response, short: str, value: str, *, seconds: int | None = None) -> None:
        response.set_cookie(
            self.name(short), value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def forget(self, response: Response, short: str) -> None:
        response.delete_cookie(self.name(short), path="/", secure=self.secure, httponly=True, samesite="lax")
