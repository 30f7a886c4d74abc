"""What we give to browsers to keep and do not want read or changed: sealed with a key that only we have.

Sealed texts are JWE (RFC 7516), direct encryption with A256GCM; each purpose has a key of its own, derived from the
operator's secret.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class Seal:
    """Seals and opens JSON values, signs names, and makes the tokens of forms."""

    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        self._secret = secret.encode()
        self._clock = clock

    def sealed(self, purpose: str, value: Any, *, seconds: float) -> str:
        """Return a text from which only ``opened`` with the same purpose gives the value back, for a while."""
        content = json.dumps([self._clock() + seconds, value]).encode()
        return jwe.encrypt_compact(_HEADER, content, self._key(purpose))

    def opened(self, purpose: str, text: str | None) -> Any:
        """Return what was sealed, or None: for anything forged, of another purpose, or too old."""
        if not text:
            return None
        try:
            until, value = json.loads(jwe.decrypt_compact(text, self._key(purpose)).plaintext or b"")
        except (JoseError, ValueError, TypeError):
            return None
        return value if self._clock() < until else None

    def signature(self, purpose: str, text: str) -> str:
        """Return what proves that the text is ours."""
        return hmac.new(self._derived(purpose), text.encode(), hashlib.sha256).hexdigest()

    def signed(self, purpose: str, text: str, signature: str) -> bool:
        return hmac.compare_digest(self.signature(purpose, text).encode(), signature.encode())

    def _derived(self, purpose: str) -> bytes:
        return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(self._secret).digest(), digest_size=32).digest()

    def _key(self, purpose: str) -> OctKey:
        return OctKey.import_key(self._derived(purpose))


def new_name() -> str:
    """Return a name nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(32)
