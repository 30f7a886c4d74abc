"""The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header-07): a request repeated has its effect once.

The record of a key commits in the transaction of what the request did, so a crash leaves both or neither. Requests
that were refused leave no record and may be mended and sent again with the same key.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Conflict, DomainError, FieldError, Invalid, Malformed
from shared.http.access import Principal
from shared.http.reply import Reply, response_of
from shared.store.client import Store
from shared.store.group_commit import GroupCommit
from shared.store.outbox import Transaction

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
COLLECTION = "idempotency"
KEPT = timedelta(hours=48)
_LONGEST_KEY = 255
_ATTEMPTS = 3

Act = Callable[[Transaction], Awaitable[Reply]]


class _Known(Exception):
    """The key has a record already; nearly always it has not, so it is not asked for beforehand."""

    def __init__(self, row: dict[str, Any] | None) -> None:
        super().__init__()
        self.row = row


class KeyReused(Invalid):
    """The key was used before with another request."""

    code = "idempotency-key-reused"
    title = "This idempotency key was used for another request"


async def idempotency_indexes(db: AsyncDatabase[dict[str, Any]]) -> None:
    """Make the index that forgets keys after 48 hours; safe to repeat."""
    await db[COLLECTION].create_indexes([IndexModel("expires_at", expireAfterSeconds=0, name="expiry")])


async def idempotently(
    request: Request,
    principal: Principal,
    store: Store,
    act: Act,
    *,
    body_digest: bytes | None = None,
    group: GroupCommit | None = None,
) -> Response:
    """Run ``act`` in one transaction and answer with its reply; with an Idempotency-Key, once per caller and key.

    The same key and request again gets the first reply and ``Idempotency-Replayed: true``; the same key with another
    request is 422. ``body_digest`` stands for the body where it was streamed. ``act`` may run several times, as every
    unit of work may; with ``group`` in a transaction that others share.
    """
    transact = group.transact if group else store.transact
    key = _key(request)
    if key is None:
        return (await transact(act)).response()
    row_id = f"{principal.person_id}:{key}"
    fingerprint = await _fingerprint(request, principal, body_digest)

    async def once(tx: Transaction) -> Response:
        rows = tx.db[COLLECTION]
        try:
            reply = await act(tx)
        except DomainError as error:
            # What was done before may be what refuses it now. Leaving by an exception undoes what act began.
            if row := await rows.find_one({"_id": row_id}, session=tx.session):
                raise _Known(row) from error
            raise
        body = reply.encoded()
        try:
            await rows.insert_one(
                {
                    "_id": row_id,
                    "fingerprint": fingerprint,
                    "status": reply.status,
                    "headers": dict(reply.headers),
                    "body": body,
                    "expires_at": tx.now + KEPT,
                },
                session=tx.session,
            )
        except DuplicateKeyError as error:
            raise _Known(None) from error
        return response_of(reply.status, body, reply.headers)

    for _ in range(_ATTEMPTS):
        try:
            return await transact(once)
        except _Known as known:
            row = known.row or await store.db[COLLECTION].find_one({"_id": row_id})
            if row:
                return _replayed(row, fingerprint)
    raise Conflict("The same request is being worked on. Ask again shortly.", headers={"Retry-After": "1"})


async def is_repeated(request: Request, principal: Principal, store: Store) -> bool:
    """Whether its key was used before: what was done then may refuse it now, so ask before anything that refuses ahead
    of ``idempotently``, which settles what the answer is.
    """
    key = _key(request)
    return key is not None and await store.db[COLLECTION].find_one({"_id": f"{principal.person_id}:{key}"}) is not None


def _key(request: Request) -> str | None:
    sent = request.headers.getlist(HEADER)
    if not sent:
        return None
    # The draft's value is a structured string, in quotes; most clients send it bare. Both name the same key.
    key = sent[0].strip().removeprefix('"').removesuffix('"')
    if len(sent) > 1 or not key or len(key) > _LONGEST_KEY or not (key.isascii() and key.isprintable()):
        message = f"Send one key of 1 to {_LONGEST_KEY} visible ASCII characters, for example a UUID."
        error = FieldError(pointer="", parameter=f"header.{HEADER}", code="idempotency-key", message=message)
        raise Malformed(message, errors=(error,))
    return key


async def _fingerprint(request: Request, principal: Principal, body_digest: bytes | None) -> bytes:
    digest = hashlib.sha256()
    query = request.url.query
    for part in (request.method, request.url.path, query, principal.person_id, request.headers.get("if-match", "")):
        digest.update(part.encode() + b"\x00")
    digest.update(body_digest or hashlib.sha256(await request.body()).digest())
    return digest.digest()


def _replayed(row: dict[str, Any], fingerprint: bytes) -> Response:
    if row["fingerprint"] != fingerprint:
        error = FieldError(
            pointer="",
            parameter=f"header.{HEADER}",
            code="idempotency-key-reused",
            message="Use a new key for a new request.",
        )
        raise KeyReused("This key was used with another request.", errors=(error,))
    return response_of(row["status"], row["body"], {**row["headers"], REPLAYED: "true"})
