"""The only place that knows the collections of webhooks, one file each."""

from dataclasses import dataclass
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.webhooks.store.deliveries import Deliveries
from services.syndication.webhooks.store.endpoints import Endpoints
from services.syndication.webhooks.store.lanes import Lanes
from services.syndication.webhooks.store.positions import Positions

__all__ = ["Deliveries", "Endpoints", "Hooks", "Lanes", "Positions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Everything that is kept of webhooks."""

    endpoints: Endpoints
    deliveries: Deliveries
    lanes: Lanes
    positions: Positions

    @classmethod
    def of(cls, db: AsyncDatabase[dict[str, Any]]) -> "Hooks":
        return cls(endpoints=Endpoints(db), deliveries=Deliveries(db), lanes=Lanes(db), positions=Positions(db))

    async def make_indexes(self) -> None:
        """Make every index; safe to repeat."""
        await self.endpoints.make_indexes()
        await self.deliveries.make_indexes()
