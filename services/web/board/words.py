"""What codes of the review service mean, in the words of the board."""

from collections.abc import Mapping
from typing import Any

from services.web.calls.api import Refused
from services.web.page.visit import Visit

CONFLICT = 409
FORBIDDEN = 403
WRONG = 422


def state_words(visit: Visit, case: Mapping[str, Any]) -> str:
    """Say where a case stands."""
    _ = visit._
    if case["state"] == "open":
        return _("Ready to decide") if case["ready"] else _("In review")
    said = {
        "changes_requested": _("Changes requested"),
        "approved": _("Approved"),
        "rejected": _("Rejected"),
        "withdrawn": _("Withdrawn"),
    }
    return said.get(case["state"], str(case["state"]))


def stuck_words(visit: Visit, code: str) -> str:
    """Say why a case does not move, and what would move it."""
    _ = visit._
    said = {
        "overdue": _("Late: a review or the decision should be there by now."),
        "no-reviewer": _("Nobody has taken it for long. Assign somebody."),
        "too-few-reviewers": _("A place has been free for long. Assign somebody."),
        "ready-undecided": _("The reviews have been there for long. Decide."),
        "lease-ending": _("A reviewer’s time is about to end and the review is not finished."),
        "author-silent": _("The authors have not answered for long."),
    }
    return said.get(code, code)


def hindrance_words(visit: Visit, code: str) -> str:
    """Say why a reviewer cannot be given a case."""
    _ = visit._
    said = {
        "reviewer-has-conflict": _("Has a conflict of interest"),
        "already-claimed": _("Has this case already"),
        "fresh-eyes-needed": _("Took part in the decision that is appealed against"),
        "reviewer-paused": _("Has paused"),
        "load-cap-reached": _("Holds as many cases as they take"),
    }
    return said.get(code, code)


def why_not_assigned(visit: Visit, error: Refused) -> str:
    """Say why an assignment was refused. Raises the refusal again when it is another."""
    _ = visit._
    said = {
        "reviewer-has-conflict": _("Not assigned: this reviewer has a conflict of interest."),
        "already-claimed": _("This reviewer has the case already."),
        "fresh-eyes-needed": _("Not assigned: an appeal is for people who had no part in the first decision."),
        "reviewer-paused": _("Not assigned: this reviewer has paused."),
        "load-cap-reached": _("Not assigned: this reviewer holds as many cases as they take."),
        "seat-taken": _("Not assigned: all places of this case are taken."),
        "case-not-open": _("Not assigned: this case is not open for review any more."),
        "conflict-of-interest": _("You have a conflict of interest here. Another coordinator has to do this."),
    }
    if error.status == WRONG:
        return _("Not assigned: nobody with the reviewer’s task is known under this name.")
    if error.status in (CONFLICT, FORBIDDEN) and error.code in said:
        return said[error.code]
    raise error


def why_not_decided(visit: Visit, error: Refused) -> str:
    """Say why a decision was refused as a whole. Raises the refusal again when it is another."""
    _ = visit._
    problem = error.problem
    said = {
        "already-decided": _("This round was decided on {moment}. Your decision was not made.").format(
            moment=visit.formats.moment(problem.get("decided_at"))
        ),
        "another-sitting": _(
            "This was decided meanwhile, and it is examined anew now. Look at it again: your decision was not made."
        ),
        "case-not-open": _("This case is not open any more: the authors may have withdrawn it."),
        "quorum-missing": _(
            "There are {done} of {all} reviews. Wait for the others, or say why you decide without them."
        ).format(done=problem.get("completed"), all=problem.get("required")),
        "fresh-eyes-needed": _("This is an appeal against your decision. A second coordinator has to decide on it."),
        "conflict-of-interest": _("You have a conflict of interest here. Another coordinator has to do this."),
    }
    if error.status in (CONFLICT, FORBIDDEN) and error.code in said:
        return said[error.code]
    raise error
