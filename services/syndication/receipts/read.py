"""Putting a receipt together from what this service heard and sent, and from how far its partners are."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.syndication.domain.filters import short
from services.syndication.domain.receipt import PartnerPlace, Publication, Reach, Reached, Subscriber, Way, findable
from services.syndication.receipts.partners import Partners
from services.syndication.store import Records
from services.syndication.store.log import Logged
from services.syndication.webhooks.store.deliveries import DeliveryState
from shared.bus.partners.partner import SUBJECTS

_PUBLISHING: Final = ("practice.published", "practice.revised")
_WITHDRAWN: Final = "practice.withdrawn"
_REACHED: Final = {
    DeliveryState.DELIVERED: Reached.ACKNOWLEDGED,
    DeliveryState.WAITING: Reached.WAITING,
    DeliveryState.FAILED: Reached.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """``content`` is the public content of the newest version, ``submitted_by`` the organisations of its authors that
    it does not tell; ``partners_known`` is False while NATS is away.
    """

    content: Mapping[str, Any]
    submitted_by: frozenset[str]
    publications: Sequence[Publication]
    partners_known: bool


async def read_receipt(records: Records, partners: Partners, practice_id: str) -> Receipt | None:
    """Return the receipt of a practice, the newest publication first; None when nothing of it was published lately."""
    all_heard = await records.log.of_practice(practice_id)
    heard = [one for one in all_heard if short(one[0].type) in _PUBLISHING]
    if not heard:
        return None
    ids = [event.event_id for event, _ in heard]
    bodies = {key: json.loads(body)["data"]["practice"] for key, body in (await records.log.bodies(ids)).items()}
    hooked = await _hooked(records, ids)
    places = await partners.places()
    reaches = await records.reaches.of_practice(practice_id)
    ended = max((event.said for event, _ in all_heard if short(event.type) == _WITHDRAWN), default=0)
    publications = [
        Publication(
            event_id=event.event_id,
            version=(version := bodies[event.event_id]["version"]),
            published_at=event.time,
            in_feed_at=heard_at,
            findable=findable(version, reaches, withdrawn=event.said < ended),
            found_at=reaches.get(version, Reach()).indexed_at,
            notified=reaches.get(version, Reach()).notified,
            subscribers=(*hooked[event.event_id], *_partners(places or (), event)),
        )
        for event, heard_at in reversed(heard)
    ]
    newest = bodies[ids[-1]]["content"]
    submitted_by = frozenset(name for reach in reaches.values() for name in reach.organisations)
    return Receipt(
        content=newest, submitted_by=submitted_by, publications=publications, partners_known=places is not None
    )


async def _hooked(records: Records, event_ids: Sequence[str]) -> Mapping[str, list[Subscriber]]:
    deliveries = await records.hooks.deliveries.of_events(event_ids)
    endpoints = await records.hooks.endpoints.some({one.endpoint_id for one in deliveries})
    found: dict[str, list[Subscriber]] = defaultdict(list)
    for one in deliveries:
        if (endpoint := endpoints.get(one.endpoint_id)) is None:
            continue  # removed meanwhile
        reached = _REACHED[one.state]
        at = one.ended_at if reached is Reached.ACKNOWLEDGED else None
        found[one.event_id].append(
            Subscriber(organisation=endpoint.organisation, way=Way.WEBHOOK, reached=reached, at=at)
        )
    return found


def _partners(places: Sequence[PartnerPlace], event: Logged) -> list[Subscriber]:
    subject = SUBJECTS[short(event.type)]
    return [one for place in places if (one := place.of(subject, event.time))]
