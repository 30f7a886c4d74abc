"""What the rules of review refuse. Each has a stable code, which becomes the problem's ``type``."""

from shared.errors import Conflict, Forbidden


class SeatTaken(Conflict):
    """All seats are taken; ``extra["until"]`` says when the first lease ends, None when none is on a lease."""

    code = "seat-taken"
    title = "All places of this case are taken"


class AlreadySeated(Conflict):
    code = "already-claimed"
    title = "You have claimed this case already"


class NotSeated(Conflict):
    """The person holds no running claim on the case: never had, gave it back, or the lease ran out."""

    code = "no-claim"
    title = "You hold no running claim on this case"


class ReviewDone(Conflict):
    code = "review-completed"
    title = "This review is complete and stays as it is"


class NoMoreRenewals(Conflict):
    code = "no-more-renewals"
    title = "This claim cannot be extended again"


class LoadCapReached(Conflict):
    """``extra`` has ``load`` and ``load_cap``."""

    code = "load-cap-reached"
    title = "That would be more cases at once than agreed"


class ReviewerPaused(Conflict):
    """``extra["until"]`` says when the pause ends."""

    code = "reviewer-paused"
    title = "This reviewer takes no cases at present"


class NotFresh(Conflict):
    """An appeal is heard by people who had no part in the decision it is against."""

    code = "fresh-eyes-needed"
    title = "An appeal needs people who had no part in the first decision"


class CaseNotOpen(Conflict):
    """``extra["state"]`` says what the case is instead."""

    code = "case-not-open"
    title = "This case is not open for review"


class NotWaiting(Conflict):
    """A new round was submitted though the author was not asked for one."""

    code = "case-not-waiting"
    title = "This case does not wait for its author"


class AlreadyDecided(Conflict):
    """``extra["state"]`` and ``extra["decided_at"]`` say how and when."""

    code = "already-decided"
    title = "This round has been decided"


class AnotherSitting(Conflict):
    """The sitting that was looked at is over, and another one has begun; ``extra["sitting"]`` names it."""

    code = "another-sitting"
    title = "The case is examined anew by now"


class QuorumMissing(Conflict):
    """``extra`` has ``completed`` and ``required``; an override with a reason goes past it."""

    code = "quorum-missing"
    title = "There are not yet enough completed reviews"


class ConflictOfInterest(Forbidden):
    """Only for coordinators, who know that the case exists; from a reviewer the case is hidden altogether."""

    code = "conflict-of-interest"
    title = "A conflict of interest keeps you from this"


class ReviewerHasConflict(Conflict):
    """The reviewer to be assigned has a conflict of interest; ``extra["reasons"]`` says which."""

    code = "reviewer-has-conflict"
    title = "This reviewer has a conflict of interest"
