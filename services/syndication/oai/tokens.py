"""Resumption tokens (section 3.5): everything the next page needs is in the token, signed, so that nothing is kept.

The place is that of the last record in the order of change. Records that change meanwhile move behind it and come
again later; so whatever changes, none that is left is passed over. A token says where to go on and is good for a day.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from services.syndication.oai.protocol import Code, OaiError, Verb
from services.syndication.store.keys import Keys
from services.syndication.store.shelf import Place

LIFE: Final = timedelta(days=1)
_SIGNATURE_BYTES: Final = 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a list was given: what was asked, the last record given, how many were, and of how many at first."""

    verb: Verb
    prefix: str
    set: str | None
    since: str | None
    until: str | None
    last: Place
    given: int
    total: int


class Tokens:
    """Writes and reads tokens with one key, the same for all replicas, made when it is first needed."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._key: bytes | None = None

    async def write(self, progress: Progress, now: datetime) -> tuple[str, datetime]:
        """Return the token and until when it is good."""
        ends = (now + LIFE).replace(microsecond=0)
        values = [
            progress.verb.value,
            progress.prefix,
            progress.set,
            progress.since,
            progress.until,
            (progress.last.changed_at - _EPOCH) // _MILLISECOND,
            progress.last.id,
            progress.given,
            progress.total,
            int(ends.timestamp()),
        ]
        body = json.dumps(values, separators=(",", ":")).encode()
        return _text(await self._signature(body) + body), ends

    async def read(self, token: str, verb: Verb, now: datetime) -> Progress:
        """Read a token given out for this verb. Raises OaiError with ``badResumptionToken``."""
        try:
            signed = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
            signature, body = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
        except (ValueError, binascii.Error):
            raise _foreign() from None
        if not hmac.compare_digest(signature, await self._signature(body)):
            raise _foreign()
        name, prefix, set_, since, until, changed, practice_id, given, total, ends = json.loads(body)
        if name != verb:
            raise _bad(f"This token goes on with {name}, not with {verb}.")
        if ends <= now.timestamp():
            raise _bad("This token has expired. Begin again, with from= the last datestamp that you have.")
        return Progress(
            verb=verb,
            prefix=prefix,
            set=set_,
            since=since,
            until=until,
            last=Place(changed_at=_EPOCH + changed * _MILLISECOND, id=practice_id),
            given=given,
            total=total,
        )

    async def _signature(self, body: bytes) -> bytes:
        if self._key is None:
            self._key = await self._keys.named("oai")
        return hmac.new(self._key, body, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _foreign() -> OaiError:
    return _bad("This token is none of ours. Send it unchanged, percent-encoded.")


def _bad(message: str) -> OaiError:
    return OaiError(Code.BAD_RESUMPTION_TOKEN, message)
