"""What a reviewer is told when the review service says no, in whole sentences of their language."""

from collections.abc import Mapping
from typing import Any

from services.web.calls.api import Refused
from services.web.calls.vocabularies import Term
from services.web.page.visit import Visit
from services.web.reviews.contribution import Terms
from services.web.reviews.written import Written, field_of

NOT_FOUND = 404
CONFLICT = 409
STALE = 412
WRONG = 422

_LABELLED = {"gates": "review-gates", "scores": "review-criteria"}


def why_not(visit: Visit, error: Refused) -> str:
    """Say why a case cannot be taken, kept, given back or finished. Raises the refusal again when it is another."""
    _ = visit._
    until = visit.formats.moment(error.problem.get("until"))
    load, cap = error.problem.get("load"), error.problem.get("load_cap")
    said = {
        "already-claimed": _("This case is yours already."),
        "no-claim": _("You do not hold this case at the moment. Take it again; what you wrote is kept."),
        "review-completed": _("You have finished this review already. It stays as it is."),
        "no-more-renewals": _("Your time for this case cannot be extended again."),
        "fresh-eyes-needed": _("This is an appeal. It is for people who had no part in the first decision."),
        "case-not-open": _("This case is not open for review any more."),
        "load-cap-reached": _(
            "You hold {load} cases and take {cap} at once. Finish or hand back one, or change how many you take."
        ).format(load=load, cap=cap),
        "reviewer-paused": _("You have paused until {until}. Resume first, then take the case.").format(until=until),
        "seat-taken": (
            _("All places of this case are taken. The first may become free on {until}.").format(until=until)
            if until
            else _("All places of this case are taken, and the reviews are in.")
        ),
    }
    if error.status == NOT_FOUND:
        return _("This case cannot be taken. It may have been withdrawn.")
    if error.status == CONFLICT and error.code in said:
        return said[error.code]
    raise error


def called(visit: Visit, name: str, terms: Terms) -> str:
    """Say what a field of the review form is called."""
    _ = visit._
    kind, _dash, code = name.partition("-")

    def label(vocabulary: str) -> str:
        known: Mapping[str, Term] = terms[vocabulary]
        return known[code].label if code in known else code

    match kind:
        case "gate":
            return label("review-gates")
        case "score":
            return _("{criterion}: score").format(criterion=label("review-criteria"))
        case "reason":
            return _("{criterion}: why").format(criterion=label("review-criteria"))
        case "text_to_author":
            return _("Words to the authors")
        case "confidential":
            return _("In confidence, for the coordinators alone")
        case "recommendation":
            return _("Your recommendation")
    return _("Comment")


def wrong_fields(visit: Visit, errors: list[dict[str, Any]], written: Written, terms: Terms) -> list[dict[str, str]]:
    """Say what is missing or wrong in a review, each with the field of the form that it is about."""
    return [_wrong_field(visit, error, written, terms) for error in errors]


def _wrong_field(visit: Visit, error: dict[str, Any], written: Written, terms: Terms) -> dict[str, str]:
    _ = visit._
    field = field_of(error["pointer"], written)
    what = called(visit, field, terms)
    said = {
        "missing": {
            "gate": _("{what}: say yes or no."),
            "score": _("{what}: choose from 0 to 4."),
            "reason": _("{what}: say it in one sentence."),
            "text_to_author": _("{what}: write at least a sentence."),
            "recommendation": _("{what}: choose one."),
        }.get(field.partition("-")[0], _("{what}: this is missing.")),
        "gate-closed": _("You said no at a gate, so you cannot recommend to approve. Ask for changes or reject."),
        "too-long": _("{what}: this is too long to be saved. Shorten it."),
        "character": _("{what}: there is a character in it that cannot be kept. Type the text again by hand."),
    }.get(error["code"], _("{what}: this cannot be saved as it is."))
    return {"field": field, "text": said.format(what=what)}
