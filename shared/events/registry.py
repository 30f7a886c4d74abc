"""Every event there is. What is not listed here cannot be said, and is a dead letter when heard."""

from functools import cache

from shared.events.alerts import AlertRaised
from shared.events.base import EventData
from shared.events.persons import PersonErased
from shared.events.practices import (
    JointActionAgreed,
    JointActionAgreementRetracted,
    PracticeConfirmed,
    PracticePublished,
    PracticeRevised,
    PracticeStale,
    PracticeWithdrawn,
)
from shared.events.publications import PublicationsIndexed, PublicationsNotified, PublicationsSubmitted
from shared.events.reviews import (
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
from shared.events.submissions import (
    SubmissionAgreed,
    SubmissionAgreementRetracted,
    SubmissionAppealed,
    SubmissionConfirmed,
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
from shared.events.webhooks import WebhookDisabled, WebhookPinged

EVENTS: tuple[type[EventData], ...] = (
    SubmissionDrafted,
    SubmissionDiscarded,
    SubmissionRestored,
    SubmissionSubmitted,
    SubmissionResubmitted,
    SubmissionWithdrawn,
    SubmissionAppealed,
    SubmissionPublished,
    SubmissionTombstoned,
    SubmissionWentStale,
    SubmissionConfirmed,
    SubmissionAgreed,
    SubmissionAgreementRetracted,
    ReviewOpened,
    ReviewClaimed,
    ReviewAssigned,
    ReviewReleased,
    ReviewCompleted,
    ReviewReady,
    ReviewChangesRequested,
    ReviewApproved,
    ReviewRejected,
    ReviewClosed,
    PracticePublished,
    PracticeRevised,
    PracticeConfirmed,
    PracticeStale,
    JointActionAgreed,
    JointActionAgreementRetracted,
    PracticeWithdrawn,
    AlertRaised,
    WebhookDisabled,
    WebhookPinged,
    PublicationsIndexed,
    PublicationsNotified,
    PublicationsSubmitted,
    PersonErased,
)

# What may leave the house, and nothing else: each of these tells what the public page shows. They are one family,
# and all of it, because subscribers are let in by subject (``practices.>``).
PUBLIC: tuple[type[EventData], ...] = (
    PracticePublished,
    PracticeRevised,
    PracticeConfirmed,
    PracticeStale,
    JointActionAgreed,
    JointActionAgreementRetracted,
    PracticeWithdrawn,
)

# What a subscriber may be sent: the public events, and what is for their endpoint alone.
SENT_OUT: tuple[type[EventData], ...] = (*PUBLIC, WebhookPinged)


@cache
def events_by_type() -> dict[str, type[EventData]]:
    """Map each CloudEvents type to its data class."""
    return {event.type: event for event in EVENTS}


def is_public(event: type[EventData]) -> bool:
    """Whether this event may leave the house."""
    return event in PUBLIC
