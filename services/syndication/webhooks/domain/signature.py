"""Signatures of Standard Webhooks (version ``v1``): HMAC-SHA256 over id, time and body, with a secret per endpoint.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final

SECRET_BYTES: Final = 32
SECRET_PREFIX: Final = "whsec_"


def new_secret() -> bytes:
    """Draw a secret."""
    return secrets.token_bytes(SECRET_BYTES)


def written(secret: bytes) -> str:
    """Write a secret as its owner is shown it, once."""
    return SECRET_PREFIX + base64.b64encode(secret).decode("ascii")


def signed(webhook_id: str, at: datetime, body: bytes, with_secrets: Iterable[bytes]) -> dict[str, str]:
    """Return the three headers of a message that is sent ``at`` this time, with a signature for each secret."""
    timestamp = str(int(at.timestamp()))
    content = f"{webhook_id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(secret, content, "sha256")).decode("ascii") for secret in with_secrets)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
