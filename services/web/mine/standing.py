"""What an author is to do next about a contribution, and what happens by itself. Pure but for the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from services.web.mine.parts import ASKS, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.web.page.visit import Visit

# What one chooses from above the list, and the states behind each choice.
SHOWS: Final[Mapping[str, tuple[str, ...]]] = {
    "": (),
    "drafts": ("draft",),
    "answer": ("changes_requested",),
    "review": ("submitted", "in_review", "appealed", "approved"),
    "published": ("published",),
    "closed": ("rejected", "withdrawn", "tombstoned"),
    "discarded": ("discarded",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """The main thing to do: a link, or with ``posts`` a form that does it at once."""

    label: str
    to: str
    posts: bool = False


def next_of(visit: Visit, one: Mapping[str, Any]) -> Next:
    """Return the main thing to do about an item of the list, or about a contribution; what is shown tells no less."""
    _ = visit._
    here, can, publication = f"/mine/{one['id']}", one["can"], one.get("publication")
    match one["state"]:
        case "discarded":
            return Next(label=_("Restore"), to=f"{here}/restore", posts=True)
        case "draft":
            return Next(label=_("Go on writing"), to=f"/share/{one['id']}")
        case "changes_requested":
            label = _("Answer the comments") if _unanswered(one) else _("Hand it in again")
            return Next(label=label, to=f"{here}/answers")
        case "published" if publication and publication["stale"] and "confirm" in can:
            return Next(label=_("Confirm that it still holds"), to=f"{here}/confirm")
        case "published":
            return Next(label=_("Look at what is published"), to=f"/practices/{one['id']}")
        case "rejected":
            return Next(label=_("Read the decision"), to=f"{here}#decision")
        case "withdrawn" if "revise" in can:
            return Next(label=_("Take it up again"), to=f"{here}/revise")
        case _:
            return Next(label=_("See where it stands"), to=here)


def _unanswered(one: Mapping[str, Any]) -> int:
    """How many comments have no answer yet; an item of a list says so itself."""
    if "unanswered" in one:
        return int(one["unanswered"])
    feedback = one.get("feedback") or {}
    given = {answer["comment_id"] for answer in feedback.get("answers") or ()}
    asked = [comment["id"] for comment in feedback.get("comments") or () if comment["severity"] in ASKS]
    return sum(comment not in given for comment in asked)


def outlook(visit: Visit, view: Json) -> list[str]:
    """Tell what happens next and by when, in sentences."""
    told = _outlook(visit, view)
    publication = view.get("publication")
    if publication and view["state"] not in ("published", "tombstoned"):
        told.append(visit._("What is published stays public meanwhile, as it is."))
    return told


def _outlook(visit: Visit, view: Json) -> list[str]:
    _, day = visit._, visit.formats.day
    state = view["state"]
    if state == "draft":
        return [_("Only its authors can see it. When it is complete, submit it: reviewers read it then.")]
    if state == "changes_requested":
        return [
            _(
                "Answer each comment, change the text where that helps, and hand it in again."
                " Reviewers look at it once more."
            ),
            _("There is no last day for this. The sooner it comes, the better the reviewers remember it."),
        ]
    if state == "approved" and view.get("publish_at"):
        return [_("It will be published on {day}. You need do nothing.").format(day=day(view["publish_at"]))]
    if state == "approved":
        return [_("It will be published in a moment. You need do nothing.")]
    if state == "published":
        return _public(visit, view["publication"])
    if state == "rejected":
        return _rejected(visit, view)
    if state == "withdrawn":
        return [_("Nobody reviews it now. You can take it up again as a new version whenever you like.")]
    if state == "tombstoned":
        return [_("It is no longer public. Its address tells readers that it was taken down, and why.")]
    return _waiting(visit, view)


def _waiting(visit: Visit, view: Json) -> list[str]:
    """For what others have in hand."""
    _ = visit._
    if view["state"] == "appealed":
        told = [_("Somebody else of the coordination, with reviewers who have not seen it before, looks at it again.")]
    elif view["state"] == "submitted":
        told = [_("We have it. The review begins by itself, within moments.")]
    else:
        told = [_("Reviewers read it and write down what they think. Then the coordination decides.")]
    if due := view.get("decision_due"):
        late = datetime.fromisoformat(due) < datetime.now(UTC)
        sentence = _("It takes longer than planned: {day} was the day.") if late else _("Expect a decision by {day}.")
        told.append(sentence.format(day=visit.formats.day(due)))
    told.append(_("You will be told as soon as there is one. Until then you can take it back."))
    return told


def _public(visit: Visit, publication: Json) -> list[str]:
    _, day = visit._, visit.formats.day(publication["review_by"])
    if publication["stale"]:
        return [
            _("Its review-by date was {day}. Readers are told that it may be out of date.").format(day=day),
            _("Confirm that it still holds, or bring it up to date in a new version."),
        ]
    return [
        _("Everybody can read it. By {day} we ask you whether it still holds; you can confirm it earlier.").format(
            day=day
        )
    ]


def _rejected(visit: Visit, view: Json) -> list[str]:
    _ = visit._
    if "appeal" in view["can"]:
        day = visit.formats.day(view["appeal_until"])
        return [_("You can appeal once, until {day}. Without an appeal nothing more happens.").format(day=day)]
    return [_("This is final: it was looked at a second time, or the time to appeal is over.")]
