"""The keys that sign: kept in a file, so that a restart does not make every token invalid.

Rotation puts a new key first and keeps the last ones in the key set until the tokens they signed have expired.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

KEPT = 2
BITS = 2048


class SigningKeys:
    """RSA keys in a JWK set file (RFC 7517); the first one signs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._keys: tuple[RSAKey, ...] = ()
        self._read_at = 0
        if not file.exists():
            self.rotate()

    @property
    def signing(self) -> RSAKey:
        return self._present()[0]

    def public(self) -> tuple[RSAKey, ...]:
        """The keys that others verify with, the newest first."""
        return self._present()

    def jwks(self) -> dict[str, Any]:
        """The public half of every key, as a JWK set."""
        return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "RS256"} for key in self._present()]}

    def rotate(self) -> None:
        """Sign with a new key from now on; a provider that runs on the same file notices."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        earlier = self._present() if self._file.exists() else ()
        kept = (RSAKey.generate_key(BITS, auto_kid=True), *earlier)[:KEPT]
        part = self._file.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump({"keys": [key.as_dict(private=True) for key in kept]}, out)
        part.replace(self._file)

    def _present(self) -> tuple[RSAKey, ...]:
        changed = self._file.stat().st_mtime_ns
        if changed != self._read_at:
            stored = json.loads(self._file.read_text())["keys"]
            self._keys = tuple(RSAKey.import_key(key) for key in stored)
            self._read_at = changed
        return self._keys
