"""Events in: what review does when the submissions service says something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from services.review.close_case import close_tombstoned, close_withdrawn
from services.review.domain.policy import Policy
from services.review.open_case import open_appeal, open_round
from shared.bus.consumer import Subscription
from shared.errors import DomainError, Permanent
from shared.events.envelope import Received
from shared.events.submissions import (
    SubmissionAppealed,
    SubmissionResubmitted,
    SubmissionSubmitted,
    SubmissionTombstoned,
    SubmissionWithdrawn,
)
from shared.store.outbox import Transaction

DURABLE = "review-submissions"

Handler = Callable[[Received[Any], Transaction], Awaitable[None]]


def subscriptions(policy: Policy) -> tuple[Subscription, ...]:
    async def on_round(event: Received[Any], tx: Transaction) -> None:
        await open_round(event, tx, policy=policy)

    async def on_appeal(event: Received[Any], tx: Transaction) -> None:
        await open_appeal(event, tx, policy=policy)

    return (
        Subscription(
            durable=DURABLE,
            handlers={
                SubmissionSubmitted: _refused_for_good(on_round),
                SubmissionResubmitted: _refused_for_good(on_round),
                SubmissionAppealed: _refused_for_good(on_appeal),
                SubmissionWithdrawn: _refused_for_good(close_withdrawn),
                SubmissionTombstoned: _refused_for_good(close_tombstoned),
            },
            urgent=(SubmissionWithdrawn, SubmissionTombstoned),  # before somebody reads or decides in vain
        ),
    )


def _refused_for_good(handler: Handler) -> Handler:
    """What the rules refuse today they refuse tomorrow: such an event is a dead letter, for a person to look at."""

    async def handle(event: Received[Any], tx: Transaction) -> None:
        try:
            await handler(event, tx)
        except DomainError as error:
            raise Permanent(f"{error.code}: {error.detail}") from error

    return handle
