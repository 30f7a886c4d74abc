"""Events as the other services say them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from shared.events.reviews import (
    Comment,
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
    Answer,
    SubmissionAgreed,
    SubmissionAgreementRetracted,
    SubmissionAppealed,
    SubmissionDiscarded,
    SubmissionDrafted,
    SubmissionPublished,
    SubmissionResubmitted,
    SubmissionSubmitted,
    SubmissionTombstoned,
    SubmissionWentStale,
    SubmissionWithdrawn,
)

TITLE = {"fi": "Työssäoppiminen yli rajojen", "en": "Job shadowing across borders", "de": "Hospitation über Grenzen"}


class Voice:
    """Speaks of one contribution with its authors."""

    def __init__(self, contribution_id: str, *authors: str, title: dict[str, str] | None = None) -> None:
        self.id = contribution_id
        self.authors = authors
        self.title = title or TITLE

    @property
    def case_id(self) -> str:
        return f"{self.id}-1"

    def drafted(self) -> SubmissionDrafted:
        return SubmissionDrafted(contribution_id=self.id, kind="practice", author_ids=self.authors)

    def discarded(self) -> SubmissionDiscarded:
        return SubmissionDiscarded(contribution_id=self.id, author_ids=self.authors)

    def submitted(self) -> SubmissionSubmitted:
        return SubmissionSubmitted(**self._submission(1))

    def resubmitted(self, round_: int = 2) -> SubmissionResubmitted:
        return SubmissionResubmitted(**self._submission(round_), answers=(Answer(comment_id="c", text="Done."),))

    def withdrawn(self) -> SubmissionWithdrawn:
        return SubmissionWithdrawn(**self._edition())

    def published(self) -> SubmissionPublished:
        return SubmissionPublished(**self._edition(), address=f"/practices/{self.id}")

    def appealed(self) -> SubmissionAppealed:
        return SubmissionAppealed(**self._edition(), text="Please look again.")

    def tombstoned(self) -> SubmissionTombstoned:
        said = self._edition() | {"reason_code": "rights", "reason": "A photo was not cleared."}
        return SubmissionTombstoned(**said)

    def went_stale(self) -> SubmissionWentStale:
        return SubmissionWentStale(**self._edition(), review_by=date(2031, 3, 30))

    def agreed(self) -> SubmissionAgreed:
        parties = ("Advisory Committee on Adult Learning", "Varia Evening School")
        return SubmissionAgreed(**self._edition(), agreed_on=date(2031, 3, 14), parties=parties)

    def agreement_retracted(self) -> SubmissionAgreementRetracted:
        return SubmissionAgreementRetracted(**self._edition())

    def opened(self, due_at: datetime) -> ReviewOpened:
        return ReviewOpened(**self._case(), due_at=due_at, quorum=2)

    def claimed(self, reviewer: str, due_at: datetime) -> ReviewClaimed:
        return ReviewClaimed(**self._case(), reviewer_id=reviewer, lease_until=due_at, due_at=due_at)

    def assigned(self, reviewer: str, due_at: datetime) -> ReviewAssigned:
        said = self._case() | {"reviewer_id": reviewer, "assigned_by": "MARK-coordinator"}
        return ReviewAssigned(**said, lease_until=due_at, due_at=due_at)

    def released(self, reviewer: str, reason: str) -> ReviewReleased:
        return ReviewReleased(**self._case(), reviewer_id=reviewer, reason=reason)

    def completed(self, reviewer: str) -> ReviewCompleted:
        return ReviewCompleted(**self._case(), reviewer_id=reviewer, completed=1, required=2)

    def ready(self) -> ReviewReady:
        return ReviewReady(**self._case(), completed=2, required=2)

    def changes_requested(self, at: datetime) -> ReviewChangesRequested:
        return ReviewChangesRequested(**self._decision(at))

    def approved(self, at: datetime, publish_at: datetime | None = None) -> ReviewApproved:
        return ReviewApproved(**self._decision(at), publish_at=publish_at)

    def rejected(self, at: datetime, *, appeal: bool = True) -> ReviewRejected:
        return ReviewRejected(**self._decision(at), appeal_until=at + timedelta(days=30) if appeal else None)

    def closed(self, *reviewers: str) -> ReviewClosed:
        return ReviewClosed(**self._case(), reason="withdrawn", reviewer_ids=reviewers)

    def _submission(self, round_: int) -> dict[str, Any]:
        return {
            "contribution_id": self.id,
            "version": 1,
            "round": round_,
            "kind": "practice",
            "title": self.title,
            "source_language": next(iter(self.title)),
            "languages": tuple(self.title),
            "sectors": ("vet",),
            "themes": ("staff-mobility",),
            "countries": ("FI",),
            "author_ids": self.authors,
            "content": {},
            "submitted_by": self.authors[0],
        }

    def _edition(self) -> dict[str, Any]:
        return {
            "contribution_id": self.id,
            "version": 1,
            "round": 1,
            "title": self.title,
            "author_ids": self.authors,
        }

    def _case(self, round_: int = 1) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "contribution_id": self.id,
            "version": 1,
            "round": round_,
            "kind": "practice",
            "title": self.title,
        }

    def _decision(self, at: datetime) -> dict[str, Any]:
        comment = Comment(id="c", pointer="/results/en", severity="must", text="How many took part?")
        return {
            **self._case(),
            "author_ids": self.authors,
            "text": "Thank you.\n\nPlease say <more> & how.",
            "reason_codes": ("evidence",),
            "comments": (comment,),
            "remarks": ("A useful idea.",),
            "decided_at": at,
        }
