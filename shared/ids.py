"""Identifiers: UUID version 7 (RFC 9562, section 5.7), whose text sorts by the time it was made."""

import secrets
import time
import uuid

_RANDOM_BITS = 74


def new_id() -> str:
    """Return a new UUIDv7 in its 36-character text form.

    The first 48 bits are Unix milliseconds, so ids of one process sort by creation to the millisecond;
    within a millisecond the order is random.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(_RANDOM_BITS)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (random >> 62) << 64
    value |= 0b10 << 62
    value |= random & (1 << 62) - 1
    return str(uuid.UUID(int=value))
