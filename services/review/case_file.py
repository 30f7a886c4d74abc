"""A case taken out of the files for one change: what is written, said and put on its trail goes back together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.review.domain.case import Case
from services.review.domain.decision import Decision
from services.review.domain.lease import Seat
from services.review.domain.seating import swept
from services.review.domain.sight import no_such_case
from services.review.domain.trail import Head, Step, next_step
from services.review.store import Filed, Records
from shared.events.reviews import Case as CaseEvent
from shared.events.reviews import ReviewReleased
from shared.store.outbox import Transaction

SYSTEM = "system"


class CaseFile:
    """Change ``case``, ``say`` and ``note`` what happened, then ``put_back`` once, all in one transaction."""

    def __init__(self, tx: Transaction, filed: Filed) -> None:
        self.tx = tx
        self.records = Records.of(tx)
        self.case = filed.case
        self._said = filed.said
        self._head = filed.head
        self._steps: list[Step] = []

    @classmethod
    def new(cls, tx: Transaction, case: Case) -> CaseFile:
        return cls(tx, Filed(case=case, said=0, head=Head()))

    @classmethod
    async def take(cls, tx: Transaction, case_id: str) -> CaseFile:
        """Take the case out; NotFound if there is none."""
        filed = await Records.of(tx).filed(case_id)
        if filed is None:
            raise no_such_case()
        return cls(tx, filed)

    def say(self, event: type[CaseEvent], **fields: Any) -> None:
        """Say an event of this case; what every such event holds is filled in from the case as it is now."""
        case = self.case
        self._said += 1
        data = event(
            case_id=case.case_id,
            contribution_id=case.contribution_id,
            version=case.version,
            round=case.round,
            kind=case.kind,
            title=dict(case.title),
            **fields,
        )
        self.tx.say(data, aggregate=f"case:{case.case_id}", version=self._said)

    def note(self, act: str, actor: str, **facts: Any) -> None:
        """Put a step on the trail. ``facts`` are plain JSON values."""
        at, case = self.tx.now, self.case
        facts = {"round": case.round, "sitting": case.sitting, **facts}
        step = next_step(self._head, case_id=case.case_id, at=at, act=act, actor=actor, facts=facts)
        self._steps.append(step)
        self._head = Head(number=step.number, seal=step.seal)

    async def sweep(self) -> tuple[Seat, ...]:
        """Take back the seats whose lease has ended, whoever noticed it first."""
        self.case, lapsed = swept(self.case, now=self.tx.now)
        if lapsed:
            await self.vacate((seat.reviewer_id for seat in lapsed), reason="lease_expired", actor=SYSTEM)
        return lapsed

    async def vacate(self, reviewer_ids: Iterable[str], *, reason: str, actor: str) -> None:
        """Tell that these reviewers no longer hold the case, and take it off their load."""
        gone = list(reviewer_ids)
        for reviewer_id in gone:
            self.say(ReviewReleased, reviewer_id=reviewer_id, reason=reason)
            self.note("released", actor, reviewer_id=reviewer_id, reason=reason)
        await self.records.let_go(gone, self.case.case_id)

    async def put_back(self, decision: Decision | None = None) -> None:
        filed = Filed(case=self.case, said=self._said, head=self._head)
        await self.records.file(filed, self._steps, decision)
