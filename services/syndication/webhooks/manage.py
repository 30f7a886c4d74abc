"""What people do with endpoints: make, change, pause, resume, remove, give a new secret, try."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from services.syndication.webhooks.bodies import EndpointBody, EndpointPatch
from services.syndication.webhooks.domain.endpoint import Endpoint, SealedSecret, State
from services.syndication.webhooks.domain.ping import ping
from services.syndication.webhooks.domain.signature import new_secret, written
from services.syndication.webhooks.reach import Reach
from services.syndication.webhooks.seal import Seal
from services.syndication.webhooks.sight import changeable, own_organisation
from services.syndication.webhooks.store import Hooks
from services.syndication.webhooks.store.deliveries import Queued
from shared.errors import Conflict, Unavailable
from shared.http.access import Principal
from shared.http.etag import require_version
from shared.ids import new_id
from shared.store.outbox import Transaction

MOST_EACH: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Managing:
    """The use cases. Without a ``seal`` (no WEBHOOK_SECRET) no endpoint can be made."""

    hooks: Hooks
    reach: Reach
    seal: Seal | None
    source: str

    async def make(self, tx: Transaction, who: Principal, body: EndpointBody) -> Endpoint:
        """Make an endpoint of the caller's organisation. Conflict when it has as many as it may have."""
        organisation = own_organisation(who)
        if await self.hooks.endpoints.count(organisation, tx.session) >= MOST_EACH:
            raise Conflict(f"Your organisation has {MOST_EACH} endpoints, and may have no more. Remove one first.")
        endpoint_id = new_id()
        endpoint = Endpoint(
            id=endpoint_id,
            organisation=organisation,
            owner_id=who.person_id,
            name=body.name,
            url=body.url,
            filter=body.filters.to_filter(),
            ordered=body.ordered,
            state=State.ACTIVE,
            secrets=(SealedSecret(sealed=self._new_secret(endpoint_id), made_at=tx.now),),
            created_at=tx.now,
            changed_at=tx.now,
        )
        await self.hooks.endpoints.add(tx, endpoint)
        await self.hooks.lanes.add(tx, endpoint_id)
        return endpoint

    async def change(
        self, tx: Transaction, who: Principal, endpoint_id: str, body: EndpointPatch, seen: int
    ) -> Endpoint:
        """Change what is given; Stale when another change came first."""
        endpoint = await self._mine(tx, who, endpoint_id)
        require_version(seen, endpoint.version)
        given: dict[str, Any] = body.given()
        if "filters" in given:
            given["filter"] = body.filters.to_filter()
            del given["filters"]
        if given.pop("owner", None):
            given["owner_id"] = who.person_id
        return await self._next(tx, endpoint.changed(tx.now, **given))

    async def remove(self, tx: Transaction, who: Principal, endpoint_id: str, seen: int) -> None:
        """Remove it with its log; Stale when another change came first."""
        endpoint = await self._mine(tx, who, endpoint_id, by_administrators=True)
        require_version(seen, endpoint.version)
        await self.hooks.endpoints.remove(tx, endpoint_id)
        await self.hooks.lanes.remove(tx, endpoint_id)
        await self.hooks.deliveries.remove(tx, endpoint_id)

    async def pause(self, tx: Transaction, who: Principal, endpoint_id: str) -> Endpoint:
        """Send nothing for now; what is published waits. Conflict unless it is active."""
        endpoint = await self._mine(tx, who, endpoint_id, by_administrators=True)
        if endpoint.state is not State.ACTIVE:
            raise Conflict(f"Only an active endpoint can be paused; this one is {endpoint.state.value}.")
        return await self._next(tx, endpoint.changed(tx.now, state=State.PAUSED))

    async def resume(self, tx: Transaction, who: Principal, endpoint_id: str) -> Endpoint:
        """Send again, first of all what did not arrive. Conflict when it is active."""
        endpoint = await self._mine(tx, who, endpoint_id)
        if endpoint.state is State.ACTIVE:
            raise Conflict("This endpoint is active already.")
        await self.hooks.deliveries.revive(tx, endpoint_id)
        await self.hooks.deliveries.hurry(tx, endpoint_id)
        return await self._next(tx, endpoint.resumed(tx.now))

    async def rotate(self, tx: Transaction, who: Principal, endpoint_id: str, overlap: timedelta) -> Endpoint:
        """Give it a new secret; the one before signs as well for the time of the overlap."""
        endpoint = await self._mine(tx, who, endpoint_id)
        sealed = self._new_secret(endpoint_id)
        return await self._next(tx, endpoint.rotated(sealed, tx.now, overlap=overlap))

    async def end_previous(self, tx: Transaction, who: Principal, endpoint_id: str) -> Endpoint:
        """Sign with the newest secret alone from now on. Conflict when that is so already."""
        endpoint = await self._mine(tx, who, endpoint_id)
        if endpoint.previous_secret(tx.now) is None:
            raise Conflict("Only one secret holds already.")
        return await self._next(tx, endpoint.with_newest_secret_only(tx.now))

    async def test(self, tx: Transaction, who: Principal, endpoint_id: str) -> str:
        """Queue a test ping, which is sent once and out of turn; return its id."""
        endpoint = await self._mine(tx, who, endpoint_id)
        event = ping(endpoint, tx.now, source=self.source)
        (position,) = await self.hooks.positions.take(tx, 1)
        queued = Queued(
            endpoint_id=endpoint_id, event_id=event.id, type=event.type, about=event.subject, position=position
        )
        await self.hooks.deliveries.queue_test(tx, queued, event.to_bytes())
        return event.id

    def secret_of(self, endpoint: Endpoint) -> str:
        """Return the newest secret as its owner is shown it."""
        return written(self._seal.open(endpoint.secrets[0].sealed, endpoint.id))

    async def _mine(
        self, tx: Transaction, who: Principal, endpoint_id: str, *, by_administrators: bool = False
    ) -> Endpoint:
        return await changeable(self.hooks.endpoints, who, endpoint_id, tx.session, by_administrators=by_administrators)

    async def _next(self, tx: Transaction, endpoint: Endpoint) -> Endpoint:
        await self.hooks.endpoints.replace(tx, endpoint)
        return endpoint

    def _new_secret(self, endpoint_id: str) -> bytes:
        return self._seal.close(new_secret(), endpoint_id)

    @property
    def _seal(self) -> Seal:
        if self.seal is None:
            raise Unavailable("There are no webhooks here: whoever runs this service has to set WEBHOOK_SECRET.")
        return self.seal
