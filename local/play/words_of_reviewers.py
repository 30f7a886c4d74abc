"""What the demo's reviewers and coordinators write."""

from __future__ import annotations

from typing import Any

REASONS = {
    "effectiveness": "The results are compared with what was there before, in figures that can be checked.",
    "equity_inclusion": "It says who did not take part and what was done about it.",
    "transferability": "The conditions that another organisation needs are named, costs among them.",
    "sustainability": "It has outlived its first funding, on a smaller scale.",
    "partnership": "Every partner has a task that nobody else could do.",
    "participation": "Learners shaped it, and one of them speaks in the text.",
    "policy_relevance": "It speaks to what the network asks for at European level.",
}
GATES = ("relevant", "complete", "ethical", "evidenced")

APPROVE = "Clear, honest about its limits and ready to be used by others. Thank you for sharing it."
REVISE = "A strong piece of work. One figure would let readers judge what lasts; please add it."
REJECT = (
    "There is something worth telling here, but the text rests on impressions, and others could not learn from it yet."
)

PRAISE = "This is the part that I shall pass on to my own colleagues."
ASK_FOR_FIGURE = "Please say how many people still take part, or still use what they learned, half a year later."
ASK_FOR_COST = "Who carries the cost now? A sentence is enough."

ANSWERS = {
    ASK_FOR_FIGURE: "We asked everybody again after six months and have added the figure to the indicators.",
    ASK_FOR_COST: "The lead organisation carries it from its own budget, as a fixed line since last year.",
}
NEW_INDICATOR: dict[str, Any] = {
    "name": {"en": {"text": "Participants who still use it after six months", "provenance": "original"}},
    "value": 41,
    "unit": "people",
    "source": "own follow-up survey",
}

DECISIONS = {
    "approve": {"outcome": "approve", "reason_codes": ["strong-evidence"], "text": APPROVE},
    "request_changes": {
        "outcome": "request_changes",
        "reason_codes": ["weak-evidence"],
        "text": "Both reviewers and I would like to publish this. One figure is missing; please see the comments.",
    },
    "reject": {
        "outcome": "reject",
        "reason_codes": ["weak-evidence"],
        "text": "We cannot publish this as it is. The comments say what a new contribution would need.",
    },
}


def review(outcome: str, *, strictness: int) -> dict[str, Any]:
    """Return a whole review as PATCH takes it. ``strictness`` varies the scores from one reviewer to the next."""
    usual = {"approve": 4, "request_changes": 3, "reject": 2}[outcome]
    scores = {
        criterion: {"score": max(0, usual - (index + strictness) % 2), "reason": reason}
        for index, (criterion, reason) in enumerate(REASONS.items())
    }
    comments = [{"pointer": "/actions", "severity": "praise", "text": PRAISE}]
    if outcome == "request_changes":
        comments += [
            {"pointer": "/indicators", "severity": "must", "text": ASK_FOR_FIGURE},
            {"pointer": "/resources", "severity": "should", "text": ASK_FOR_COST},
        ]
    return {
        "gates": {gate: outcome != "reject" or gate != "evidenced" for gate in GATES},
        "scores": scores,
        "comments": comments,
        "text_to_author": {"approve": APPROVE, "request_changes": REVISE, "reject": REJECT}[outcome],
        "confidential": "Seen and weighed; nothing to add for the coordinator alone.",
        "recommendation": outcome,
    }
