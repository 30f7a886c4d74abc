"""Giving an endpoint up: nothing is sent there any more, and its owner is told."""

from services.syndication.webhooks.domain.attempt import Attempt
from services.syndication.webhooks.domain.endpoint import Endpoint, Reason, State
from services.syndication.webhooks.store import Hooks
from shared.events.webhooks import WebhookDisabled
from shared.store.client import Store
from shared.store.outbox import Transaction
from shared.telemetry.logs import Log


class Disabling:
    def __init__(self, store: Store, hooks: Hooks, log: Log) -> None:
        self._store = store
        self._hooks = hooks
        self._log = log

    async def disable(self, endpoint_id: str, reason: Reason, attempt: Attempt) -> None:
        """Disable it and say so, once; not when something arrived meanwhile, or its people paused or resumed it."""

        async def act(tx: Transaction) -> Endpoint | None:
            endpoint = await self._hooks.endpoints.get(endpoint_id, tx.session)
            if endpoint is None or endpoint.state is not State.ACTIVE:
                return None
            if reason is not Reason.GONE and endpoint.failing_since is None:
                return None
            after = endpoint.disabled(reason, tx.now)
            await self._hooks.endpoints.replace(tx, after)
            tx.say(_disabled(after, reason, attempt), aggregate=f"webhook:{endpoint_id}", version=after.said)
            return after

        if await self._store.transact(act):
            self._log.warning("an endpoint is disabled", endpoint_id=endpoint_id, reason=reason.value)


def _disabled(endpoint: Endpoint, reason: Reason, attempt: Attempt) -> WebhookDisabled:
    return WebhookDisabled(
        endpoint_id=endpoint.id,
        name=endpoint.name,
        url=endpoint.url,
        organisation=endpoint.organisation,
        owner_id=endpoint.owner_id,
        reason=reason.value,
        failing_since=endpoint.failing_since or attempt.at,
        last_status=attempt.answer.status,
        last_error=attempt.answer.error,
    )
