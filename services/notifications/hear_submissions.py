"""What the events of contributions make this service do. Their order within a contribution is kept by the consumer."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.notifications.domain.contribution import Contribution
from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.domain.schedule import DRAFT_UNTOUCHED, Stage, Standing
from services.notifications.hearing import Hearings
from services.notifications.store.reminders import Reminder
from services.notifications.tell import Telling
from shared.bus.consumer import Subscription
from shared.errors import Transient
from shared.events.envelope import Received
from shared.events.submissions import (
    SubmissionAgreed,
    SubmissionAgreementRetracted,
    SubmissionAppealed,
    SubmissionDiscarded,
    SubmissionDrafted,
    SubmissionPublished,
    SubmissionRestored,
    SubmissionResubmitted,
    SubmissionSubmitted,
    SubmissionTombstoned,
    SubmissionWentStale,
    SubmissionWithdrawn,
)
from shared.http.access import Role
from shared.store.outbox import Transaction

# So long a publication waits for the words of its approval, which caused it and may be heard after it.
_WAIT_FOR_WORDS = timedelta(minutes=5)


class HearSubmissions:
    def __init__(self, hearings: Hearings) -> None:
        self._hearings = hearings

    def subscription(self) -> Subscription:
        return Subscription(
            durable="notifications-submissions",
            handlers={
                SubmissionDrafted: self.on_drafted,
                SubmissionRestored: self.on_drafted,
                SubmissionDiscarded: self.on_discarded,
                SubmissionSubmitted: self.on_submitted,
                SubmissionResubmitted: self.on_submitted,
                SubmissionWithdrawn: self.on_withdrawn,
                SubmissionAppealed: self.on_appealed,
                SubmissionPublished: self.on_published,
                SubmissionTombstoned: self.on_tombstoned,
                SubmissionWentStale: self.on_went_stale,
                SubmissionAgreed: self.on_agreed,
                SubmissionAgreementRetracted: self.on_agreement_retracted,
            },
            beforehand=self._hearings.beforehand,
        )

    async def on_drafted(
        self, event: Received[SubmissionDrafted] | Received[SubmissionRestored], tx: Transaction
    ) -> None:
        """Remember the draft, and remind its authors in two weeks should it still be one."""
        data = event.data
        hearing = self._hearings.of(tx)
        before = await hearing.contribution(data.contribution_id)
        draft = hearing.remember(before.drafted(data.author_ids, data.kind))
        facts = _facts(data.contribution_id, draft.titles, draft, begun_at=event.time)
        reminders = [
            Reminder(
                kind=Kind.DRAFT_REMINDER,
                person_id=author,
                about=data.contribution_id,
                source=event.id,
                due_at=event.time + DRAFT_UNTOUCHED,
                facts=facts,
                standing=draft.standing,
            )
            for author in data.author_ids
        ]
        hearing.remind(reminders)

    async def on_discarded(self, event: Received[SubmissionDiscarded], tx: Transaction) -> None:
        await self._moved(event.data.contribution_id, Stage.DISCARDED, tx)

    async def on_submitted(
        self, event: Received[SubmissionSubmitted] | Received[SubmissionResubmitted], tx: Transaction
    ) -> None:
        data = event.data
        hearing = self._hearings.of(tx)
        before = await hearing.contribution(data.contribution_id)
        contribution = hearing.remember(
            before.submitted(
                Standing(stage=Stage.SUBMITTED, version=data.version, round=data.round),
                author_ids=data.author_ids,
                titles=data.title,
                source_language=data.source_language,
                what=data.kind,
            )
        )
        hearing.take_back_told(data.contribution_id)
        facts = _facts(data.contribution_id, data.title, contribution)
        self._tell(event, tx, Kind.SUBMISSION_RECEIVED, facts, (*data.author_ids, data.submitted_by))

    async def on_withdrawn(self, event: Received[SubmissionWithdrawn], tx: Transaction) -> None:
        data = event.data
        known = await self._moved(data.contribution_id, Stage.WITHDRAWN, tx)
        facts = _facts(data.contribution_id, data.title, known)
        self._tell(event, tx, Kind.WITHDRAWN, facts, data.author_ids)

    async def on_appealed(self, event: Received[SubmissionAppealed], tx: Transaction) -> None:
        """Tell the coordinators; the review service sees to it that another one decides."""
        data = event.data
        known = await self._hearings.of(tx).contribution(data.contribution_id)
        facts = _facts(
            data.contribution_id,
            data.title,
            known,
            case_id=f"{data.contribution_id}-{data.version}",
            quote=data.text,
            quote_is="appeal",
        )
        telling = Telling(event_id=event.id, at=event.time, kind=Kind.APPEALED, facts=facts)
        self._hearings.of(tx).tell_role(telling, Role.COORDINATOR.value)

    async def on_published(self, event: Received[SubmissionPublished], tx: Transaction) -> None:
        """Tell the authors, with the words of the approval; without them where these are not heard for long."""
        data = event.data
        hearing = self._hearings.of(tx)
        known = (await hearing.contribution(data.contribution_id)).moved(Stage.PUBLISHED)
        words = known.approvals.get(data.version)
        if words is None and tx.now - event.time < _WAIT_FOR_WORDS:
            raise Transient(f"the approval of {data.contribution_id} was not heard of yet")
        hearing.remember(known)
        facts = _facts(
            data.contribution_id,
            data.title,
            known,
            version=data.version,
            quote=words.text if words else None,
            remarks=words.remarks if words else (),
        )
        self._tell(event, tx, Kind.PUBLISHED, facts, data.author_ids)

    async def on_tombstoned(self, event: Received[SubmissionTombstoned], tx: Transaction) -> None:
        data = event.data
        known = await self._moved(data.contribution_id, Stage.TOMBSTONED, tx)
        self._hearings.of(tx).take_back_news(data.contribution_id)
        facts = _facts(data.contribution_id, data.title, known, quote=data.reason, quote_is="reason")
        self._tell(event, tx, Kind.TOMBSTONED, facts, data.author_ids)

    async def on_went_stale(self, event: Received[SubmissionWentStale], tx: Transaction) -> None:
        data = event.data
        known = await self._hearings.of(tx).contribution(data.contribution_id)
        facts = _facts(data.contribution_id, data.title, known, review_by=_midnight(data.review_by))
        self._tell(event, tx, Kind.WENT_STALE, facts, data.author_ids)

    async def on_agreed(self, event: Received[SubmissionAgreed], tx: Transaction) -> None:
        data = event.data
        known = await self._hearings.of(tx).contribution(data.contribution_id)
        facts = _facts(
            data.contribution_id,
            data.title,
            known,
            agreed_on=_midnight(data.agreed_on),
            quote="\n".join(data.parties),
            quote_is="parties",
        )
        self._tell(event, tx, Kind.AGREED, facts, data.author_ids)

    async def on_agreement_retracted(self, event: Received[SubmissionAgreementRetracted], tx: Transaction) -> None:
        data = event.data
        known = await self._hearings.of(tx).contribution(data.contribution_id)
        facts = _facts(data.contribution_id, data.title, known)
        self._tell(event, tx, Kind.AGREEMENT_RETRACTED, facts, data.author_ids)

    async def _moved(self, contribution_id: str, stage: Stage, tx: Transaction) -> Contribution:
        """Remember another stage, and take back what was told of the one before; what still waits is looked at again
        when it is due.
        """
        hearing = self._hearings.of(tx)
        hearing.take_back_told(contribution_id)
        return hearing.remember((await hearing.contribution(contribution_id)).moved(stage))

    def _tell(self, event: Received[Any], tx: Transaction, kind: Kind, facts: Facts, people: Iterable[str]) -> None:
        self._hearings.of(tx).tell(Telling(event_id=event.id, at=event.time, kind=kind, facts=facts), people)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _facts(contribution_id: str, titles: Mapping[str, str], known: Contribution, **more: Any) -> Facts:
    """Return the facts for authors and coordinators: nothing in these events names a reviewer."""
    return Facts(
        contribution_id=contribution_id,
        titles=titles,
        source_language=known.source_language,
        what=known.what,
        **more,
    )
