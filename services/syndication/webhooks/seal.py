"""Secrets of endpoints as they lie in the database: encrypted, each bound to its endpoint."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12  # NIST SP 800-38D, section 8.2
_PURPOSE: Final = b"practice-exchange webhook secrets, 1"


class Unsealable(Exception):
    """What was sealed with another key, for another endpoint, or was changed since."""


class Seal:
    """AES-256-GCM with a key derived (HKDF, RFC 5869) from what the operator keeps secret."""

    def __init__(self, secret: str) -> None:
        key = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE).derive(secret.encode())
        self._cipher = AESGCM(key)

    def close(self, secret: bytes, endpoint_id: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, endpoint_id.encode())

    def open(self, sealed: bytes, endpoint_id: str) -> bytes:
        """Return the secret; raises Unsealable."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], endpoint_id.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable(f"the secret of endpoint {endpoint_id} does not open: WEBHOOK_SECRET changed") from error
