"""Nkeys (Ed25519, https://docs.nats.io/nkeys): a partner keeps the seed, we keep the public key."""

from __future__ import annotations

import secrets

from shared.errors import DomainError

MISSING = "nkeys is not installed: pip install 'practice-exchange[partners]'"


def new_seed() -> str:
    """Return the seed of a new user; raises DomainError where nkeys is not installed."""
    try:
        import nkeys  # noqa: PLC0415 - only who manages partners has it
    except ImportError as error:
        raise DomainError(MISSING) from error
    return bytes(nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)).decode()


def public_key(seed: str) -> str:
    """Return the public key that goes with a seed."""
    import nkeys  # noqa: PLC0415 - only who manages partners has it

    return bytes(nkeys.from_seed(bytearray(seed.encode())).public_key).decode()
