"""HTTP in: receipts."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.responses import Response

from services.syndication.domain.receipt import Notified, Publication, Reached, Way, count, may_see
from services.syndication.receipts.partners import Partners
from services.syndication.receipts.read import read_receipt
from services.syndication.receipts.shapes import (
    Counts,
    FoundOut,
    NotifiedOut,
    PublicationOut,
    ReceiptOut,
    SubscriberOut,
)
from services.syndication.store import Records
from shared.errors import NotFound
from shared.http.access import Principal, Role, allow
from shared.http.reply import JsonResponse

_OVERSEE: Final = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
Caller = Annotated[Principal, allow(Role.MEMBER, *sorted(_OVERSEE))]
PracticeId = Annotated[str, Path(min_length=1, max_length=64)]


def receipt_routes(records: Records, partners: Partners) -> APIRouter:
    router = APIRouter(tags=["receipts"])

    @router.get("/receipts/{practice_id}", response_model=ReceiptOut)
    async def get_receipt(practice_id: PracticeId, who: Caller) -> Response:
        """Tell what became of the publications of a practice: for its authors' organisations in numbers, for who
        coordinates with the organisations whose systems they are.
        """
        oversees = not _OVERSEE.isdisjoint(who.roles)
        found = await read_receipt(records, partners, practice_id)
        if found is None or not (oversees or may_see(who.organisation, found.content, found.submitted_by)):
            raise NotFound("There is no such publication, or it is none of your organisation.")
        told = [_told(one, named=oversees, partners_known=found.partners_known) for one in found.publications]
        return JsonResponse(ReceiptOut(practice_id=practice_id, publications=told))

    return router


def _told(one: Publication, *, named: bool, partners_known: bool) -> PublicationOut:
    subscribers = [
        SubscriberOut(organisation=each.organisation, way=each.way, reached=each.reached, at=each.at)
        for each in one.subscribers
    ]
    return PublicationOut(
        version=one.version,
        event_id=one.event_id,
        published_at=one.published_at,
        in_feed_at=one.in_feed_at,
        search=FoundOut(state=one.findable, at=one.found_at),
        notified=_notified(one.notified) if one.notified else None,
        webhooks=_counts(one, Way.WEBHOOK),
        partners=_counts(one, Way.PARTNER) if partners_known else None,
        subscribers=subscribers if named else None,
    )


def _notified(one: Notified) -> NotifiedOut:
    return NotifiedOut(
        as_of=one.as_of,
        mails_waiting=one.waiting,
        mails_sent=one.sent,
        mails_failed=one.failed,
        mails_uncertain=one.uncertain,
        inbox_entries=one.inbox,
    )


def _counts(one: Publication, way: Way) -> Counts:
    found = count(one.subscribers, way)
    return Counts(
        acknowledged=found[Reached.ACKNOWLEDGED], waiting=found[Reached.WAITING], failed=found[Reached.FAILED]
    )
