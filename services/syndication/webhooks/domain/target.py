"""The address of an endpoint, read as browsers read it (WHATWG URL), so that no spelling means two things."""

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError
from pydantic_core import Url

PORTS: Final = (443, 8443)
LONGEST_URL: Final = 2000


class BadUrl(ValueError):
    """An address that cannot be an endpoint's; ``code`` is stable, the text says how to mend it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``host`` is a name in ASCII or an address without brackets; ``url`` the whole in its one canonical form."""

    url: str
    host: str
    port: int
    is_https: bool

    @property
    def is_ordinary(self) -> bool:
        """Whether it is spoken to over TLS at a port that webhooks use; others need an operator's allowance."""
        return self.is_https and self.port in PORTS


def read_target(text: str) -> Target:
    """Read an address; raises BadUrl. Numbers for addresses (``0x7f.1``, ``2130706433``) come out as addresses."""
    if len(text) > LONGEST_URL or not text.isprintable() or " " in text.strip() or "\\" in text:
        raise BadUrl("url", f"Write one address of at most {LONGEST_URL} characters, without spaces")
    try:
        url = Url(text.strip())
    except (ValueError, ValidationError):
        raise BadUrl("url", "Write a whole address, such as https://example.org/hooks/practices") from None
    if url.scheme not in ("https", "http") or not url.host:
        raise BadUrl("url-scheme", "Begin the address with https://")
    if url.username is not None or url.password is not None:
        raise BadUrl("url-credentials", "Take the user and password out of the address; the signature proves who sends")
    if url.fragment is not None:
        raise BadUrl("url-fragment", "Take out the part after #; it is never sent")
    port = url.port or (443 if url.scheme == "https" else 80)
    if len(str(url)) > LONGEST_URL:
        raise BadUrl("url", f"Write one address of at most {LONGEST_URL} characters")
    return Target(url=str(url), host=url.host.strip("[]"), port=port, is_https=url.scheme == "https")
