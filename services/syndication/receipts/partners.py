"""How far each partner on NATS is, read from its durable."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from services.syndication.domain.receipt import PartnerPlace
from shared.bus.partners.partner import ORGANISATION, PREFIX
from shared.bus.topology import PUBLIC, PUBLIC_SUBJECTS
from shared.errors import Permanent
from shared.events.envelope import parse_envelope

_AWAY: Final = (NatsError, TimeoutError, ConnectionError)


class Partners:
    def __init__(self, js: JetStreamContext) -> None:
        self._js = js

    async def places(self) -> Sequence[PartnerPlace] | None:
        """Return how far every partner is; None while NATS does not answer."""
        try:
            found = await self._all()
            return [await self._place(info) for info in found if info.name.startswith(PREFIX)]
        except _AWAY:
            return None

    async def _all(self) -> list[ConsumerInfo]:
        found: list[ConsumerInfo] = []
        while page := await self._js.consumers_info(PUBLIC, offset=len(found)):
            found += page
        return found

    async def _place(self, info: ConsumerInfo) -> PartnerPlace:
        config = info.config
        subjects = frozenset(config.filter_subjects or ([config.filter_subject] if config.filter_subject else []))
        return PartnerPlace(
            organisation=(config.metadata or {}).get(ORGANISATION) or info.name.removeprefix(PREFIX),
            subjects=subjects - {PUBLIC_SUBJECTS},
            since=config.opt_start_time,
            idle=not info.num_pending and not info.num_ack_pending,
            acknowledged_up_to=await self._time_of(info.ack_floor.stream_seq if info.ack_floor else 0),
        )

    async def _time_of(self, sequence: int) -> datetime | None:
        """When the event was said that has this place in the stream; None where there is none any more."""
        if not sequence:
            return None
        try:
            message = await self._js.get_msg(PUBLIC, sequence, direct=True)
            return parse_envelope(message.data or b"").time
        except (NotFoundError, Permanent):
            return None
