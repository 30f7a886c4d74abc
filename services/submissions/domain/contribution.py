"""A contribution and its life: which step follows which, who takes it, and what must hold before.

Every verb returns the contribution as it is after the step, or raises; nothing is changed in place. ``revision``
counts the changes (it is the ETag), ``version`` is the edition being worked on, ``round`` the round of review within
it, 0 before the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from services.submissions.domain.agreement import Agreement
from services.submissions.domain.attachments import Attachment
from services.submissions.domain.feedback import Feedback, Outcome
from services.submissions.domain.publication import KEEP_DISCARDED_DAYS, Publication, Tombstone
from services.submissions.domain.state import (
    DECIDABLE,
    EDITABLE,
    REVIEWABLE,
    REVISABLE,
    UNDECIDED,
    Origin,
    SetAside,
    State,
    Step,
    Working,
    WrongState,
)
from shared.contribution.fingerprint import Fingerprint
from shared.errors import FieldError, Invalid

JOINT_ACTION = "joint_action"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What the submissions service keeps of one contribution. ``content`` is in the form of shared.contribution."""

    id: str
    owner_id: str
    author_ids: tuple[str, ...]
    organisations: tuple[str, ...] = ()
    state: State = State.DRAFT
    version: int = 1
    round: int = 0
    revision: int = 1
    last_submitted: int = 0
    content: Mapping[str, Any]
    attachments: tuple[Attachment, ...] = ()
    fingerprint: Fingerprint | None = None
    feedback: Feedback | None = None
    decision_due: datetime | None = None
    appeal_until: datetime | None = None
    publish_at: datetime | None = None
    publication: Publication | None = None
    agreement: Agreement | None = None
    tombstone: Tombstone | None = None
    discarded_at: datetime | None = None
    set_aside: SetAside | None = None
    origin: Origin | None = None
    history: tuple[Step, ...] = ()
    created_at: datetime
    updated_at: datetime
    said: int = 0
    practice_said: int = 0

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE

    def is_author(self, person_id: str) -> bool:
        return person_id in self.author_ids

    @property
    def was_appealed(self) -> bool:
        """Whether the rejection of this version was appealed already."""
        return any(step.what == "appealed" and step.version == self.version for step in self.history)

    @property
    def working(self) -> Working:
        return Working(content=self.content, attachments=self.attachments)

    # What authors do.

    def edit(self, now: datetime, *, content: Mapping[str, Any]) -> Contribution:
        """Replace the working content; the owner always stays among the authors."""
        self._must_be(EDITABLE, "edited")
        authors = authors_of(self.owner_id, content)
        return replace(self, content=content, author_ids=authors, revision=self.revision + 1, updated_at=now)

    def with_organisation(self, organisation: str | None) -> Contribution:
        """Note for whom an author acts who works on it: reviewers from there have a conflict of interest."""
        if organisation is None or organisation in self.organisations:
            return self
        return replace(self, organisations=(*self.organisations, organisation))

    def with_answers(self, answers: Mapping[str, str]) -> Contribution:
        """Keep answers to the reviewers' comments (comment id to text) as part of the edit that follows."""
        if self.state is not State.CHANGES_REQUESTED or self.feedback is None:
            raise WrongState("There are no comments to answer now.", extra={"state": self.state.value})
        return replace(self, feedback=self.feedback.with_answers(answers))

    def with_attachments(self, now: datetime, attachments: tuple[Attachment, ...]) -> Contribution:
        """Replace the files of the working edition."""
        self._must_be(EDITABLE, "given or rid of files")
        return replace(self, attachments=attachments, revision=self.revision + 1, updated_at=now)

    def discard(self, now: datetime, *, by: str, published: Working | None = None) -> Contribution:
        """Throw a draft away; it can be taken back for a while.

        Where an earlier edition is public, it stays, and the contribution goes back to it and to its authors:
        ``published`` is what that edition was made of.
        """
        self._must_be({State.DRAFT}, "discarded")
        if self.publication is None or published is None:
            return self._step(now, "discarded", by, state=State.DISCARDED, discarded_at=now)
        return self._step(
            now,
            "discarded",
            by,
            state=State.PUBLISHED,
            version=self.publication.version,
            round=self.publication.round,
            content=published.content,
            author_ids=authors_of(self.owner_id, published.content),
            attachments=published.attachments,
            set_aside=SetAside(version=self.version, working=self.working, at=now),
        )

    def restore(self, now: datetime, *, by: str) -> Contribution:
        """Take a discarded draft back within 30 days."""
        oldest = now - timedelta(days=KEEP_DISCARDED_DAYS)
        if self.state is State.DISCARDED and self.discarded_at and self.discarded_at > oldest:
            return self._step(now, "restored", by, state=State.DRAFT, discarded_at=None)
        aside = self.set_aside
        if self.state is State.PUBLISHED and aside and aside.at > oldest:
            return self._step(
                now,
                "restored",
                by,
                state=State.DRAFT,
                version=aside.version,
                round=0,
                content=aside.working.content,
                author_ids=authors_of(self.owner_id, aside.working.content),
                attachments=aside.working.attachments,
                set_aside=None,
            )
        raise WrongState("There is no discarded draft to restore.", extra={"state": self.state.value})

    def forget_set_aside(self) -> Contribution:
        """Drop the set-aside draft for good once its time is over."""
        return replace(self, set_aside=None, revision=self.revision + 1)

    def submit(
        self, now: datetime, *, by: str, wrong: Sequence[FieldError], fingerprint: Fingerprint | None = None
    ) -> Contribution:
        """Hand a complete draft in for review; ``wrong`` lists every missing or wrong field of it."""
        self._must_be({State.DRAFT}, "submitted")
        _must_be_complete(wrong)
        return self._step(
            now,
            "submitted",
            by,
            state=State.SUBMITTED,
            round=1,
            last_submitted=self.version,
            fingerprint=fingerprint,
            feedback=None,
        )

    def resubmit(
        self,
        now: datetime,
        *,
        by: str,
        answers: Mapping[str, str],
        wrong: Sequence[FieldError],
        fingerprint: Fingerprint | None = None,
    ) -> Contribution:
        """Hand the changed version in for the next round, every open comment answered (comment id to text)."""
        self._must_be({State.CHANGES_REQUESTED}, "resubmitted")
        if self.feedback:
            self.feedback.check_answers(answers)
        _must_be_complete(wrong)
        return self._step(
            now, "resubmitted", by, state=State.SUBMITTED, round=self.round + 1, fingerprint=fingerprint, feedback=None
        )

    def withdraw(self, now: datetime, *, by: str) -> Contribution:
        """Take it back before there is a decision."""
        self._must_be(UNDECIDED, "withdrawn")
        return self._step(now, "withdrawn", by, state=State.WITHDRAWN, appeal_until=None)

    def revise(self, now: datetime, *, by: str) -> Contribution:
        """Begin the next edition from what is there; a public edition stays public until the next one is."""
        allowed = REVISABLE | {State.REJECTED} if self.publication else REVISABLE
        self._must_be(allowed, "revised")
        return self._step(
            now,
            "revised",
            by,
            state=State.DRAFT,
            version=self.last_submitted + 1,
            round=0,
            feedback=None,
            appeal_until=None,
            set_aside=None,
        )

    def confirm(self, now: datetime, *, by: str, review_by: date) -> Contribution:
        """Say that the public edition still holds, until the new review-by date."""
        if self.publication is None or self.state is State.TOMBSTONED:
            raise WrongState("Only what is published can be confirmed.", extra={"state": self.state.value})
        return self._step(now, "confirmed", by, publication=self.publication.confirmed(review_by))

    def appeal(self, now: datetime, *, by: str, text: str) -> Contribution:
        """Ask once for a second look at a rejection, within 30 days."""
        self._must_be({State.REJECTED}, "appealed")
        if self.was_appealed:
            raise WrongState("A rejection can be appealed once.", extra={"state": self.state.value})
        if self.appeal_until is None or now > self.appeal_until:
            raise WrongState("The time for an appeal is over.", extra={"state": self.state.value})
        return self._step(now, "appealed", by, state=State.APPEALED, appeal_until=None, note=text)

    # What reviewers' decisions, coordinators and time do. The first four return None when it comes too late.

    def opened(
        self, now: datetime, *, version: int, round_: int, due_at: datetime | None = None
    ) -> Contribution | None:
        """A round of review began, to be decided by ``due_at``; the store does the same in one update."""
        if self.state not in REVIEWABLE or version != self.version or round_ < self.round:
            return None
        due = due_at or self.decision_due
        return self._step(now, "in_review", "system", state=State.IN_REVIEW, round=round_, decision_due=due)

    def decided(self, now: datetime, feedback: Feedback, *, appeal_until: datetime | None) -> Contribution | None:
        """A coordinator asked for changes, or rejected it with an appeal possible until then (None: no more)."""
        if not self._is_under_review(feedback.version, feedback.round):
            return None
        if feedback.outcome is Outcome.CHANGES_REQUESTED:
            return self._step(now, "changes_requested", "coordinator", state=State.CHANGES_REQUESTED, feedback=feedback)
        return self._step(
            now, "rejected", "coordinator", state=State.REJECTED, feedback=feedback, appeal_until=appeal_until
        )

    def approved(self, now: datetime, feedback: Feedback, *, publish_at: datetime) -> Contribution | None:
        """It may be published from ``publish_at`` on."""
        if not self._is_under_review(feedback.version, feedback.round):
            return None
        return self._step(
            now, "approved", "coordinator", state=State.APPROVED, feedback=feedback, publish_at=publish_at
        )

    def publish(self, now: datetime, *, review_by: date) -> Contribution | None:
        """Make the approved edition public, once its time has come."""
        if self.state is not State.APPROVED or self.publish_at is None or now < self.publish_at:
            return None
        first = self.publication.first_published_at if self.publication else now
        publication = Publication(
            version=self.version, round=self.round, published_at=now, first_published_at=first, review_by=review_by
        )
        return self._step(now, "published", "system", state=State.PUBLISHED, publication=publication, publish_at=None)

    def expire(self, now: datetime) -> Contribution | None:
        """Mark the public edition as no longer confirmed once its review-by date has passed."""
        if self.publication is None or self.state is State.TOMBSTONED or not self.publication.is_due(now.date()):
            return None
        return self._step(now, "stale", "system", publication=replace(self.publication, stale=True))

    def entomb(self, now: datetime, tombstone: Tombstone) -> Contribution:
        """Take the public edition down; whatever edition is being worked on ends with it."""
        if self.publication is None or self.state is State.TOMBSTONED:
            raise WrongState("Only what is published can be taken down.", extra={"state": self.state.value})
        return self._step(
            now,
            "tombstoned",
            "coordinator",
            state=State.TOMBSTONED,
            tombstone=tombstone,
            publish_at=None,
            note=tombstone.reason,
        )

    def agree(self, now: datetime, agreement: Agreement, *, kind: str) -> Contribution:
        """Record that it was agreed; ``kind`` is that of the public edition."""
        self._must_be_agreeable(kind)
        if self.agreement is not None:
            raise WrongState("This was agreed already. Take that back first, should it be wrong.")
        return self._step(now, "agreed", "coordinator", agreement=agreement, note=agreement.in_short)

    def retract_agreement(self, now: datetime, *, kind: str) -> Contribution:
        """Take a mistaken record back; the history keeps both."""
        self._must_be_agreeable(kind)
        if self.agreement is None:
            raise WrongState("Nothing says that this was agreed.")
        note = self.agreement.in_short
        return self._step(now, "agreement_retracted", "coordinator", agreement=None, note=note)

    def _must_be_agreeable(self, kind: str) -> None:
        if kind != JOINT_ACTION:
            raise WrongState("Only a joint action can be agreed.", extra={"kind": kind})

    def _is_under_review(self, version: int, round_: int) -> bool:
        return self.state in DECIDABLE and (version, round_) == (self.version, self.round)

    def _must_be(self, allowed: Sequence[State] | frozenset[State] | set[State], what: str) -> None:
        if self.state not in allowed:
            names = sorted(state.value for state in allowed)
            raise WrongState(
                f"A contribution that is {self.state.value} cannot be {what}.",
                extra={"state": self.state.value, "allowed_states": names},
            )

    def _step(self, now: datetime, what: str, by: str, *, note: str = "", **changes: Any) -> Contribution:
        after = replace(self, revision=self.revision + 1, updated_at=now, **changes)
        step = Step(at=now, what=what, by=by, version=after.version, round=after.round, note=note)
        return replace(after, history=(*self.history, step))


def authors_of(owner_id: str, content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return whose it is: the owner, and every author named with an account."""
    named = (author.get("person_id") for author in content.get("authors") or ())
    return tuple(dict.fromkeys((owner_id, *(person_id for person_id in named if person_id))))


def _must_be_complete(wrong: Sequence[FieldError]) -> None:
    if wrong:
        raise Invalid(
            "Some fields are missing or need another value before this can be submitted.", errors=tuple(wrong)
        )
