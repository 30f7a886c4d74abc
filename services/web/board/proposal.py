"""A decision as its form holds it: what it lacks, what it would tell, and the body that makes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final, Protocol

OUTCOMES: Final = ("approve", "request_changes", "reject")
TEXT_MOST: Final = 5000
OVERRIDE_MOST: Final = 2000
PUBLISH_WITHIN_DAYS: Final = 366

_MOSTS: Final = (("text", TEXT_MOST), ("dissent", TEXT_MOST), ("override", OVERRIDE_MOST))
# The form's fields, by the first step of a pointer into the body.
FIELD_OF: Final[Mapping[str, str]] = {
    "reason_codes": "reasons",
    "publish_at": "publish_on",
    "text": "text",
    "based_on": "based_on",
    "dissent": "dissent",
    "override": "override",
}

Review = Mapping[str, Any]


class Fields(Protocol):
    """What a form brought."""

    def text(self, name: str, default: str = "") -> str: ...

    def texts(self, name: str) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a coordinator is about to decide. ``based_on`` are ids of reviews, ``publish_on`` a date (ISO 8601),
    ``sitting`` the examination that was looked at.
    """

    outcome: str
    reasons: tuple[str, ...] = ()
    text: str = ""
    based_on: tuple[str, ...] = ()
    dissent: str = ""
    override: str = ""
    publish_on: str = ""
    sitting: str = ""

    @classmethod
    def from_form(cls, form: Fields) -> Proposal:
        """Read a form; an outcome that is none of ours counts as none."""
        outcome = form.text("outcome")
        return cls(
            outcome=outcome if outcome in OUTCOMES else "",
            reasons=tuple(dict.fromkeys(form.texts("reasons")))[:10],
            text=form.text("text"),
            based_on=tuple(dict.fromkeys(form.texts("based_on")))[:20],
            dissent=form.text("dissent"),
            override=form.text("override"),
            publish_on=form.text("publish_on"),
            sitting=form.text("sitting"),
        )

    def turned_to(self, outcome: str) -> Proposal:
        """The same with another outcome; what was typed stays."""
        return replace(self, outcome=outcome)

    def known_reasons(self, known: Mapping[str, Any]) -> tuple[str, ...]:
        """The reasons that can be given for this outcome."""
        return tuple(code for code in self.reasons if code in known and self.outcome in known[code].used_with)

    @property
    def publish_at(self) -> datetime | None:
        """The moment of publication: the beginning of that day (UTC). None without a date, or for one that is none."""
        try:
            day = date.fromisoformat(self.publish_on)
        except ValueError:
            return None
        return datetime.combine(day, time(), UTC)

    def body(self, known: Mapping[str, Any], *, short: bool, alone: bool) -> dict[str, Any]:
        """What is sent to the review service: only what applies. ``short`` is below quorum, ``alone`` against all."""
        body: dict[str, Any] = {
            "outcome": self.outcome,
            "reason_codes": list(self.known_reasons(known)),
            "text": self.text,
            "based_on": list(self.based_on),
        }
        if self.sitting.isascii() and self.sitting.isdecimal():
            body["sitting"] = int(self.sitting[:9])
        if alone and self.dissent:
            body["dissent"] = self.dissent
        if short and self.override:
            body["override"] = {"reason": self.override}
        if self.outcome == "approve" and self.publish_at:
            body["publish_at"] = self.publish_at.isoformat()
        return body


def basis(case: Mapping[str, Any], reviews: Sequence[Review]) -> list[Review]:
    """The finished reviews of the present round: the last of everybody who holds a place, in no order that tells."""
    holders = {seat["reviewer_id"] for seat in case.get("seats", ()) if seat["completed_at"]}
    last: dict[str, Review] = {}
    for review in reviews:
        before = last.get(review["reviewer_id"])
        if not review["void"] and (before is None or review["sitting"] > before["sitting"]):
            last[review["reviewer_id"]] = review
    return [review for reviewer, review in last.items() if reviewer in holders]


def stands_alone(outcome: str, finished: Sequence[Review]) -> bool:
    """Tell whether no review recommends this outcome, though there are some."""
    return bool(finished) and all(review["recommendation"] != outcome for review in finished)


def told_comments(proposal: Proposal, finished: Sequence[Review]) -> list[dict[str, str]]:
    """The reviewers' comments that the authors get: by field; what must change is left out of an approval."""
    found = [
        comment
        for review in finished
        if review["review_id"] in proposal.based_on
        for comment in review["comments"]
        if proposal.outcome != "approve" or comment["severity"] != "must"
    ]
    return sorted(found, key=lambda comment: (comment["pointer"], comment["id"]))


def told_remarks(proposal: Proposal, finished: Sequence[Review]) -> list[str]:
    """The reviewers' words to the authors, in alphabetical order."""
    chosen = (review for review in finished if review["review_id"] in proposal.based_on)
    return sorted(review["text_to_author"] for review in chosen if review["text_to_author"])


def lacks(
    proposal: Proposal, known: Mapping[str, Any], finished: Sequence[Review], *, short: bool, today: date
) -> dict[str, str]:
    """Return what is missing or wrong: a code by field of the form."""
    found: dict[str, str] = {}
    if proposal.outcome != "approve":
        if not proposal.known_reasons(known):
            found["reasons"] = "missing"
        if not proposal.text:
            found["text"] = "missing"
    found |= {name: "too-long" for name, most in _MOSTS if len(getattr(proposal, name)) > most}
    if finished and not proposal.based_on:
        found["based_on"] = "missing"
    if stands_alone(proposal.outcome, finished) and not proposal.dissent:
        found["dissent"] = "missing"
    if short and not proposal.override:
        found["override"] = "missing"
    if proposal.outcome == "approve" and proposal.publish_on:
        at = proposal.publish_at
        if at is None or not 0 < (at.date() - today).days <= PUBLISH_WITHIN_DAYS:
            found["publish_on"] = "out-of-range"
    return found
