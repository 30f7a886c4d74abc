"""What stands on these pages for what the service tells in codes."""

from collections.abc import Mapping
from typing import Final

from services.web.page.visit import Visit
from services.web.subscriptions.parts import Json

PREFIX: Final = "eu.practice-exchange."


def types(visit: Visit) -> dict[str, str]:
    """What can be heard of, by the name of the event."""
    _ = visit._
    return {
        "practice.published": _("Something new is published"),
        "practice.revised": _("A new version replaces what was published"),
        "practice.confirmed": _("Its authors say that it still holds"),
        "practice.stale": _("Nobody has said for two years that it still holds"),
        "joint_action.agreed": _("A joint action was agreed"),
        "joint_action.agreement_retracted": _("That a joint action was agreed was a mistake"),
        "practice.withdrawn": _("It is taken down"),
    }


def happened(visit: Visit, one: Json) -> str:
    """What the event of a delivery tells, in a few words."""
    _ = visit._
    if one["test"]:
        return _("Test")
    short = str(one["type"]).removeprefix(PREFIX).rpartition(".")[0]
    return {
        "practice.published": _("Published"),
        "practice.revised": _("New version"),
        "practice.confirmed": _("Confirmed"),
        "practice.stale": _("Not confirmed in time"),
        "joint_action.agreed": _("Agreed"),
        "joint_action.agreement_retracted": _("Not agreed after all"),
        "practice.withdrawn": _("Taken down"),
    }.get(short, short)


def health(visit: Visit, one: Json) -> tuple[str, str]:
    """How an endpoint is, as the kind of a tag and a sentence."""
    _ = visit._
    if one["state"] == "disabled":
        return "bad", disabled(visit)[one["reason"]]
    if one["state"] == "paused":
        return "warn", _("Paused: nothing is sent; what is published waits.")
    if one["failing_since"]:
        ago = visit.formats.ago(one["failing_since"])
        return "warn", _("Nothing arrives (first failed: {ago}). We go on trying.").format(ago=ago)
    if one["waiting"]:
        return "good", _("Something is on its way.")
    return "good", _("Nothing waits to be sent.")


def disabled(visit: Visit) -> Mapping[str, str]:
    """Why we stopped."""
    _ = visit._
    return {
        "exhausted": _("Stopped: an event was tried for three days and nothing arrived."),
        "failing": _("Stopped: nothing arrived for days."),
        "gone": _("Stopped: your system answered that it wants nothing any more (410)."),
    }


def came_to(visit: Visit, outcome: str | None, status: int | None) -> str:
    """What an attempt came to."""
    _ = visit._
    if outcome is None:
        return _("Not tried yet")
    words = {
        "delivered": _("Arrived"),
        "gone": _("Your system wants nothing any more"),
        "busy": _("Your system was busy"),
        "redirected": _("Your system sent us elsewhere; we do not follow"),
        "refused": _("Your system refused it"),
        "timed-out": _("Your system did not answer in time"),
        "unreachable": _("Nobody answers at this address"),
        "broken": _("The answer broke off"),
        "insecure": _("The certificate of your system does not hold"),
        "forbidden": _("The name leads to an address that we send nothing to"),
    }.get(outcome, outcome)
    return f"{words} ({status})" if status else words


def states(visit: Visit) -> dict[str, str]:
    """How far a delivery is."""
    _ = visit._
    return {"waiting": _("Waiting"), "delivered": _("Arrived"), "failed": _("Given up")}


def wrong_url(visit: Visit, code: str) -> str | None:
    """What is wrong with an address and how to mend it; None for a code that is not known."""
    _ = visit._
    return {
        "url": _("Write a whole address without spaces, such as https://example.org/hooks."),
        "url-scheme": _("Begin the address with https://."),
        "url-credentials": _("Take the user and password out of the address. Our signature proves who sends."),
        "url-fragment": _("Take out the part after #; it is never sent."),
        "url-name": _("The name in the address leads nowhere. Check it, or try again later."),
        "url-port": _("Only the ports 443 and 8443 can be used."),
        "url-address": _("This address is not on the public internet, so nothing can be sent there."),
    }.get(code)
