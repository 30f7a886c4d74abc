"""What the services tell about themselves, as findings in plain words: what is not well, and what to do about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from services.web.page.visit import Visit

Json = Mapping[str, Any]
LATE_SECONDS: Final = 60
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that needs a look: what is so, what to do, and the command that helps, if there is one."""

    text: str
    remedy: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How one service is. ``facts`` are names with values, ``letters`` its dead letters, the newest first."""

    name: str
    title: str
    answers: bool = True
    findings: tuple[Finding, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    letters: Sequence[Json] = ()
    letters_count: int = 0
    mails: Sequence[Json] = ()
    rebuilding: bool = False

    @property
    def well(self) -> bool:
        return self.answers and not self.findings


def silent(visit: Visit, name: str, title: str) -> Health:
    """A service that did not answer in time."""
    _ = visit._
    finding = Finding(
        text=_("It does not answer."),
        remedy=_("What depends on it does not work just now; nothing is lost. Start it again and look into its log."),
        command=f"python -m services.{name}",
    )
    return Health(name=name, title=title, answers=False, findings=(finding,))


def of_service(visit: Visit, name: str, title: str, status: Json) -> Health:
    """How a service is that keeps events: submissions, review, notifications, syndication."""
    letters = status.get("dead_letters") or {"count": 0, "newest": []}
    return Health(
        name=name,
        title=title,
        findings=tuple(_findings(visit, name, status)),
        facts=tuple(_facts(visit, status)),
        letters=letters["newest"],
        letters_count=letters["count"],
    )


def of_search(visit: Visit, title: str, status: Json, letters: Json | None) -> Health:
    """How search is; ``letters`` is None when they could not be read."""
    _ = visit._
    seconds = status["lag"]["seconds"]
    facts = [
        (_("Practices that can be found"), visit.formats.number(status["practices"])),
        (_("Published but not found yet"), visit.formats.number(status["lag"]["events"])),
        (_("The oldest has waited for"), duration(visit, seconds if status["lag"]["events"] else None)),
    ]
    if status["rebuild"]:
        facts.append((_("A new index is being made since"), visit.formats.moment(status["rebuild"].get("since"))))
    if status["rebuilt_at"]:
        facts.append((_("Index made anew"), visit.formats.moment(status["rebuilt_at"])))
    known = letters or {"count": 0, "newest": []}
    return Health(
        name="search",
        title=title,
        findings=tuple(_search_findings(visit, status, letters)),
        facts=tuple(facts),
        rebuilding=bool(status["rebuild"]),
        letters=known["newest"],
        letters_count=known["count"],
    )


def duration(visit: Visit, seconds: float | None) -> str:
    """So many seconds in the unit that suits them."""
    _, ngettext = visit._, visit.ngettext
    if seconds is None:
        return "–"
    if seconds < _MINUTE:
        return _("under a minute")
    for size, one, many in (
        (_DAY, ngettext("{n} day", "{n} days", round(seconds / _DAY)), _DAY),
        (_HOUR, ngettext("{n} hour", "{n} hours", round(seconds / _HOUR)), _HOUR),
        (_MINUTE, ngettext("{n} minute", "{n} minutes", round(seconds / _MINUTE)), _MINUTE),
    ):
        if seconds >= size:
            return one.format(n=visit.formats.number(round(seconds / many)))
    return ""


def _facts(visit: Visit, status: Json) -> Iterator[tuple[str, str]]:
    _ = visit._
    if status["durables"]:
        waiting = sum(one["waiting"] + one["in_hand"] for one in status["durables"])
        ages = [one["oldest_seconds"] for one in status["durables"] if one["oldest_seconds"] is not None]
        yield _("Events it has still to deal with"), visit.formats.number(waiting)
        yield _("The oldest has waited for"), duration(visit, max(ages, default=None))
    if outbox := status["outbox"]:
        yield _("Events it has still to send out"), visit.formats.number(outbox["waiting"])
    if status["dead_letters"] is not None:
        yield _("Events put aside"), visit.formats.number(status["dead_letters"]["count"])


def _findings(visit: Visit, name: str, status: Json) -> Iterator[Finding]:
    late = max((one["oldest_seconds"] or 0 for one in status["durables"]), default=0)
    outbox = (status["outbox"] or {}).get("oldest_seconds")
    count = (status["dead_letters"] or {}).get("count", 0)
    known = _known(visit, name, late=late, outbox=outbox, count=count)
    for word in status["words"]:
        yield known.get(word) or Finding(text=word, remedy=visit._("Look into its log."))


def _known(visit: Visit, name: str, *, late: float, outbox: float | None, count: int) -> dict[str, Finding]:
    _ = visit._
    status, worker = "python -m shared.bus status", f"python -m services.{name} worker"
    return {
        "mongodb-silent": Finding(
            text=_("Its database does not answer."), remedy=_("See whether MongoDB runs and can be reached.")
        ),
        "nats-silent": Finding(
            text=_("The message server does not answer. Nothing is passed on meanwhile; nothing is lost."),
            remedy=_("See whether NATS runs and can be reached. What waits is sent as soon as it answers."),
        ),
        "durable-missing": Finding(
            text=_("Its place in the queue of events is gone."),
            remedy=_("Its worker makes it again when it starts. See whether it runs."),
            command=worker,
        ),
        "events-late": Finding(
            text=_("It is behind: the oldest event has waited for {time}.").format(time=duration(visit, late)),
            remedy=_("See whether its worker runs, and whether the number goes down."),
            command=status,
        ),
        "events-failing": Finding(
            text=_("An event fails again and again; it has waited for {time}.").format(time=duration(visit, late)),
            remedy=_("Its log says why. After some attempts the event is put aside and the others go on."),
            command=status,
        ),
        "outbox-late": Finding(
            text=_("What it has to tell the others has waited for {time}.").format(time=duration(visit, outbox)),
            remedy=_("See whether its worker runs and whether NATS takes messages."),
            command=worker,
        ),
        "dead-letters": letters_finding(visit, count),
        "dead-letters-unknown": Finding(
            text=_("Whether events were put aside cannot be told just now."),
            remedy=_("See whether the streams are all there; this command makes what is missing."),
            command="python -m shared.bus provision",
        ),
    }


def letters_finding(visit: Visit, count: int) -> Finding:
    """Events that were put aside."""
    said = visit.ngettext(
        "{n} event could not be dealt with and was put aside.",
        "{n} events could not be dealt with and were put aside.",
        count,
    )
    return Finding(
        text=said.format(n=visit.formats.number(count)),
        remedy=visit._("The others went on. Mend the reason, then give these back with the commands below."),
    )


def _search_findings(visit: Visit, status: Json, letters: Json | None) -> Iterator[Finding]:
    _ = visit._
    lag = status["lag"]
    if not lag["connected"]:
        yield Finding(
            text=_("It does not hear what is published: NATS does not answer it. It goes on with what it knows."),
            remedy=_("See whether NATS runs and can be reached."),
        )
    elif lag["seconds"] > LATE_SECONDS:
        yield Finding(
            text=_("It is behind: what was published {time} ago is not found yet.").format(
                time=duration(visit, lag["seconds"])
            ),
            remedy=_("See whether the number goes down. If it does not, its log says why."),
        )
    if not status["complete"]:
        yield Finding(
            text=_("It has not read everything published yet, so not everything is found."),
            remedy=_("This ends by itself within minutes. If it does not, its log says why."),
        )
    if status["rebuild"] and status["rebuild"]["trouble"]:
        yield Finding(
            text=_("A new index cannot be finished: {trouble}").format(trouble=status["rebuild"]["trouble"]),
            remedy=_("It tries again by itself; the old index answers meanwhile."),
        )
    drift = status.get("drift")
    if drift and drift["trouble"]:
        number = drift["missing"] + drift["differing"] + drift["left_over"]
        yield Finding(
            text=visit.ngettext(
                "{n} practice is found otherwise than it is published, and a new index did not mend it.",
                "{n} practices are found otherwise than they are published, and a new index did not mend it.",
                number,
            ).format(n=number),
            remedy=_("The catalogue lacks what was published. This puts it there again:"),
            command="python -m shared.bus reconcile",
        )
    if letters is None:
        yield Finding(
            text=_("Whether events were put aside cannot be told just now."),
            remedy=_("See whether NATS runs and can be reached."),
        )
    elif letters["count"]:
        put_aside = letters_finding(visit, letters["count"])
        yield replace(
            put_aside,
            remedy=_("Mend the reason, then have an administrator make the index anew: it reads them again."),
        )


def of_mail(visit: Visit, title: str, failed: Sequence[Json], waiting: Sequence[Json]) -> Health:
    """How mails arrive: those given up lately, and those that are tried again."""
    _, ngettext = visit._, visit.ngettext
    findings = []
    if failed:
        said = ngettext("{n} mail was given up lately.", "{n} mails were given up lately.", len(failed))
        findings.append(
            Finding(
                text=said.format(n=len(failed)),
                remedy=_("Most often the address is wrong. People still find everything in their inbox here."),
            )
        )
    if waiting:
        said = ngettext(
            "{n} mail could not be sent yet and is tried again.",
            "{n} mails could not be sent yet and are tried again.",
            len(waiting),
        )
        findings.append(Finding(text=said.format(n=len(waiting)), remedy=_("See whether the mail server takes mails.")))
    none = visit.formats.number(0)
    facts = () if findings else ((_("Tried again"), none), (_("Given up within a week"), none))
    return Health(name="mail", title=title, findings=tuple(findings), facts=facts, mails=[*failed, *waiting])
