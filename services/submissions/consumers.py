"""Events in: what the review service decided. Whatever comes too late, or for another round, has no effect."""

from __future__ import annotations

from services.submissions.domain.contribution import Contribution
from services.submissions.domain.feedback import Comment, Feedback, Outcome
from services.submissions.publish import publish
from services.submissions.records import Records
from shared.bus.consumer import Subscription
from shared.events.envelope import Received
from shared.events.reviews import (
    Decided,
    ReviewApproved,
    ReviewAssigned,
    ReviewChangesRequested,
    ReviewClaimed,
    ReviewClosed,
    ReviewOpened,
    ReviewRejected,
    ReviewReleased,
)
from shared.store.outbox import Transaction


class ReviewConsumers:
    """The handlers of the durable ``submissions-reviews``."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def subscription(self) -> Subscription:
        """Name the durable and what each event does."""
        return Subscription(
            durable="submissions-reviews",
            handlers={
                ReviewOpened: self.on_opened,
                ReviewClaimed: self.on_taken,
                ReviewAssigned: self.on_taken,
                ReviewReleased: self.on_released,
                ReviewChangesRequested: self.on_changes_requested,
                ReviewApproved: self.on_approved,
                ReviewRejected: self.on_rejected,
                ReviewClosed: self.on_closed,
            },
            urgent=(ReviewApproved,),  # readers find it the sooner
        )

    async def on_opened(self, event: Received[ReviewOpened], tx: Transaction) -> None:
        """A round of review began."""
        data = event.data
        await self._records.contributions.open(
            tx, data.contribution_id, version=data.version, round_=data.round, due_at=data.due_at
        )

    async def on_taken(self, event: Received[ReviewClaimed] | Received[ReviewAssigned], tx: Transaction) -> None:
        """A reviewer may read the files of this case now."""
        data = event.data
        await self._records.readers.let_in(
            tx,
            case_id=data.case_id,
            contribution_id=data.contribution_id,
            version=data.version,
            reviewer_id=data.reviewer_id,
        )

    async def on_released(self, event: Received[ReviewReleased], tx: Transaction) -> None:
        """A reviewer may no longer."""
        data = event.data
        await self._records.readers.let_out(
            tx, contribution_id=data.contribution_id, version=data.version, reviewer_id=data.reviewer_id
        )

    async def on_closed(self, event: Received[ReviewClosed], tx: Transaction) -> None:
        """The case ended without a decision."""
        await self._records.readers.clear(tx, event.data.case_id)

    async def on_changes_requested(self, event: Received[ReviewChangesRequested], tx: Transaction) -> None:
        """The authors are asked for changes; they see the comments and never who made them."""
        await self._records.readers.clear(tx, event.data.case_id)  # who reviews the next round claims it anew
        before = await self._find(event.data.contribution_id, tx)
        feedback = _feedback(event.data, Outcome.CHANGES_REQUESTED)
        after = before.decided(tx.now, feedback, appeal_until=None) if before else None
        if before and after:
            await self._records.contributions.put(tx, before, after)

    async def on_rejected(self, event: Received[ReviewRejected], tx: Transaction) -> None:
        """It was rejected; the authors may appeal until the day the event says."""
        await self._records.readers.clear(tx, event.data.case_id)
        before = await self._find(event.data.contribution_id, tx)
        feedback = _feedback(event.data, Outcome.REJECTED)
        after = before.decided(tx.now, feedback, appeal_until=event.data.appeal_until) if before else None
        if before and after:
            await self._records.contributions.put(tx, before, after)

    async def on_approved(self, event: Received[ReviewApproved], tx: Transaction) -> None:
        """It becomes public, now or at the time the decision says."""
        await self._records.readers.clear(tx, event.data.case_id)
        before = await self._find(event.data.contribution_id, tx)
        feedback = _feedback(event.data, Outcome.APPROVED)
        publish_at = event.data.publish_at or tx.now
        after = before.approved(tx.now, feedback, publish_at=publish_at) if before else None
        if before is None or after is None:
            return
        if await publish(tx, self._records, before, after) is None:
            await self._records.contributions.put(tx, before, after)

    async def _find(self, contribution_id: str, tx: Transaction) -> Contribution | None:
        return await self._records.contributions.find(contribution_id, tx.session)


def _feedback(decision: Decided, outcome: Outcome) -> Feedback:
    return Feedback(
        outcome=outcome,
        version=decision.version,
        round=decision.round,
        text=decision.text,
        reason_codes=decision.reason_codes,
        remarks=decision.remarks,
        comments=tuple(
            Comment(id=comment.id, pointer=comment.pointer, severity=comment.severity, text=comment.text)
            for comment in decision.comments
        ),
        decided_at=decision.decided_at,
    )
