"""What the events of review cases make this service do.

Blind towards authors: the facts of what an author is told are made by ``_for_authors``, field by field, from fields
that cannot hold a reviewer. A test sends every event with marked reviewer ids and looks for the mark.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain.contribution import Approval
from services.notifications.domain.facts import Comment, Facts
from services.notifications.domain.kinds import Kind
from services.notifications.domain.schedule import CHANGES_UNANSWERED, Stage, Standing, due_soon_at
from services.notifications.hearing import Hearings
from services.notifications.store.reminders import Reminder
from services.notifications.tell import Telling
from shared.bus.consumer import Subscription
from shared.errors import Transient
from shared.events.envelope import Received
from shared.events.reviews import (
    Case,
    Decided,
    ReviewApproved,
    ReviewAssigned,
    ReviewChangesRequested,
    ReviewClaimed,
    ReviewClosed,
    ReviewCompleted,
    ReviewOpened,
    ReviewReady,
    ReviewRejected,
    ReviewReleased,
)
from shared.http.access import Role
from shared.store.outbox import Transaction

# A review that is due sooner than this is not reminded of: its reviewer has only just taken it.
_TOO_SHORT_TO_REMIND = timedelta(hours=12)


class HearReviews:
    def __init__(self, hearings: Hearings) -> None:
        self._hearings = hearings

    def subscription(self) -> Subscription:
        return Subscription(
            durable="notifications-reviews",
            handlers={
                ReviewOpened: self.on_opened,
                ReviewClaimed: self.on_claimed,
                ReviewAssigned: self.on_assigned,
                ReviewReleased: self.on_released,
                ReviewCompleted: self.on_completed,
                ReviewReady: self.on_ready,
                ReviewChangesRequested: self.on_changes_requested,
                ReviewApproved: self.on_approved,
                ReviewRejected: self.on_rejected,
                ReviewClosed: self.on_closed,
            },
            beforehand=self._hearings.beforehand,
        )

    async def on_opened(self, event: Received[ReviewOpened], tx: Transaction) -> None:
        """Tell the authors, whom only the submission names: it caused this event, and may not be heard yet."""
        data = event.data
        contribution = await self._hearings.of(tx).contribution(data.contribution_id)
        if not contribution.known:
            raise Transient(f"contribution {data.contribution_id} was not heard of yet")
        facts = _for_authors(data, due_at=data.due_at)
        self._tell(event, tx, Kind.UNDER_REVIEW, facts, contribution.author_ids)

    async def on_claimed(self, event: Received[ReviewClaimed], tx: Transaction) -> None:
        self._taken(event, tx, Kind.REVIEW_CLAIMED)

    async def on_assigned(self, event: Received[ReviewAssigned], tx: Transaction) -> None:
        self._taken(event, tx, Kind.REVIEW_ASSIGNED)

    async def on_released(self, event: Received[ReviewReleased], tx: Transaction) -> None:
        """A conflict of interest ends what they are told of the case, also of what they reviewed before."""
        data = event.data
        hearing = self._hearings.of(tx)
        hearing.take_back(data.case_id, person_id=data.reviewer_id)
        if data.reason == "conflict_declared":
            before = await hearing.contribution(data.contribution_id)
            hearing.remember(before.unreviewed(data.version, data.reviewer_id))
        if data.reason == "lease_expired":
            self._tell(event, tx, Kind.LEASE_EXPIRED, _for_house(data), (data.reviewer_id,))

    async def on_completed(self, event: Received[ReviewCompleted], tx: Transaction) -> None:
        data = event.data
        hearing = self._hearings.of(tx)
        hearing.take_back(data.case_id, person_id=data.reviewer_id)
        before = await hearing.contribution(data.contribution_id)
        hearing.remember(before.reviewed(data.version, data.reviewer_id))

    async def on_ready(self, event: Received[ReviewReady], tx: Transaction) -> None:
        data = event.data
        facts = _for_house(data, completed=data.completed, required=data.required)
        telling = Telling(event_id=event.id, at=event.time, kind=Kind.READY_FOR_DECISION, facts=facts)
        self._hearings.of(tx).tell_role(telling, Role.COORDINATOR.value)

    async def on_changes_requested(self, event: Received[ReviewChangesRequested], tx: Transaction) -> None:
        """Tell the authors, and remind them in three weeks should they not have answered."""
        data = event.data
        facts = _decided(data)
        self._tell(event, tx, Kind.CHANGES_REQUESTED, facts, data.author_ids)
        standing = Standing(stage=Stage.SUBMITTED, version=data.version, round=data.round)
        reminders = [
            Reminder(
                kind=Kind.CHANGES_REMINDER,
                person_id=author,
                about=data.contribution_id,
                source=event.id,
                due_at=data.decided_at + CHANGES_UNANSWERED,
                facts=_for_authors(data, asked_at=data.decided_at),
                standing=standing,
            )
            for author in data.author_ids
        ]
        self._hearings.of(tx).remind(reminders)

    async def on_approved(self, event: Received[ReviewApproved], tx: Transaction) -> None:
        """Tell the authors only of a publication that is yet to come; of one at once its own event tells, with the
        words that are kept for it here.
        """
        data = event.data
        if data.publish_at and data.publish_at > event.time:
            facts = _decided(data, publish_at=data.publish_at)
            self._tell(event, tx, Kind.SCHEDULED, facts, data.author_ids)
        await self._tell_reviewers(event, tx, "approved", Approval(text=data.text, remarks=data.remarks))

    async def on_rejected(self, event: Received[ReviewRejected], tx: Transaction) -> None:
        data = event.data
        facts = _decided(data, appeal_until=data.appeal_until)
        self._tell(event, tx, Kind.REJECTED, facts, data.author_ids)
        await self._tell_reviewers(event, tx, "rejected", None)

    async def on_closed(self, event: Received[ReviewClosed], tx: Transaction) -> None:
        data = event.data
        self._hearings.of(tx).take_back(data.case_id)
        self._tell(event, tx, Kind.CASE_CLOSED, _for_house(data), data.reviewer_ids)

    def _taken(self, event: Received[ReviewClaimed] | Received[ReviewAssigned], tx: Transaction, kind: Kind) -> None:
        data = event.data
        facts = _for_house(data, due_at=data.due_at, lease_until=data.lease_until)
        self._tell(event, tx, kind, facts, (data.reviewer_id,))
        if data.due_at - event.time < _TOO_SHORT_TO_REMIND:
            return
        dates = {
            Kind.REVIEW_DUE_SOON: due_soon_at(event.time, data.due_at),
            Kind.REVIEW_OVERDUE: data.due_at,
        }
        reminders = [_of_review(kind, due_at, event, facts) for kind, due_at in dates.items()]
        self._hearings.of(tx).remind(reminders)

    async def _tell_reviewers(
        self,
        event: Received[ReviewApproved] | Received[ReviewRejected],
        tx: Transaction,
        outcome: str,
        approval: Approval | None,
    ) -> None:
        """Tell who reviewed it. Whoever had not finished was released by an event of their own."""
        data = event.data
        hearing = self._hearings.of(tx)
        known = hearing.remember((await hearing.contribution(data.contribution_id)).decided(data.version, approval))
        reviewers = known.reviewers.get(data.version, ())
        self._tell(event, tx, Kind.DECISION_TAKEN, _for_house(data, outcome=outcome), reviewers)

    def _tell(self, event: Received[Any], tx: Transaction, kind: Kind, facts: Facts, people: Iterable[str]) -> None:
        self._hearings.of(tx).tell(Telling(event_id=event.id, at=event.time, kind=kind, facts=facts), people)


def _of_review(
    kind: Kind, due_at: datetime, event: Received[ReviewClaimed] | Received[ReviewAssigned], facts: Facts
) -> Reminder:
    return Reminder(
        kind=kind,
        person_id=event.data.reviewer_id,
        about=event.data.case_id,
        source=event.id,
        due_at=due_at,
        facts=facts,
    )


def _for_authors(data: Case, **more: Any) -> Facts:
    return Facts(contribution_id=data.contribution_id, titles=data.title, what=data.kind, **more)


def _decided(data: Decided, **more: Any) -> Facts:
    comments = tuple(Comment(severity=comment.severity, text=comment.text) for comment in data.comments)
    return _for_authors(data, quote=data.text, comments=comments, remarks=data.remarks, **more)


def _for_house(data: Case, **more: Any) -> Facts:
    """Return the facts for reviewers and coordinators, with the case they lead to."""
    return Facts(contribution_id=data.contribution_id, case_id=data.case_id, titles=data.title, what=data.kind, **more)
