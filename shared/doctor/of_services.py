"""From what the services told to what is wrong with them. No I/O."""

from collections.abc import Iterator, Sequence
from typing import Final

from shared.doctor.asking import Figures, Seen
from shared.doctor.finding import Finding, Weight, counted, lasting

LATE_SECONDS: Final = 60.0
LATE_MAIL_SECONDS: Final = 900.0
LATE_WEBHOOK_SECONDS: Final = 3600.0
SKEWED_SECONDS: Final = 5.0


def of_services(seen: Sequence[Seen]) -> Iterator[Finding]:
    """Yield everything that is wrong with the services, the gravest first."""
    for one in seen:
        yield from _of_process(one)
    yield from _of_releases(seen)
    for one in _one_each(seen):
        if one.figures:
            yield from _of_dependencies(one.service, one.figures)
            yield from _of_events(one.service, one.figures)
    for one in seen:
        if one.figures and one.service == "search":
            yield from _of_search(one.url, one.figures)
    for one in _one_each(seen):
        if one.figures:
            yield from _of_mails(one.figures)
            yield from _of_webhooks(one.figures)


def _one_each(seen: Sequence[Seen]) -> list[Seen]:
    """One process of each service: what waits is looked up in the record, so they all tell the same."""
    chosen: dict[str, Seen] = {}
    for one in seen:
        if one.figures:
            chosen.setdefault(one.service, one)
    return list(chosen.values())


def _of_process(one: Seen) -> Iterator[Finding]:
    where = f"{one.service} at {one.url}"
    if one.silent:
        yield Finding(
            code="service-unreachable",
            where=where,
            says=f"{one.service} {one.silent}.",
            mend="See whether it runs and can be reached from here; its log says why it ended. To start it:",
            command=f"python -m services.{one.service}",
        )
        return
    if one.failed:
        yield Finding(
            code="service-not-ready",
            where=where,
            says=f"{one.service} runs and cannot work: {', '.join(one.failed)} fails.",
            mend="It goes on by itself once that answers; the findings below say what is in the way.",
        )
    if one.figures is None:
        yield Finding(
            code="metrics-unread",
            where=where,
            says=f"{one.service} does not tell its figures, so nobody can say how it is.",
            mend="Ask it directly: this address is not behind a proxy that keeps /metrics back?",
        )
    if abs(one.skew) > SKEWED_SECONDS:
        way = "ahead of" if one.skew > 0 else "behind"
        yield Finding(
            code="clock-skew",
            where=where,
            says=f"The clock of {one.service} is {lasting(abs(one.skew))} {way} the clock here.",
            mend="Have both machines keep time by NTP: tokens are refused and leases end early otherwise.",
            command="timedatectl status",
        )


def _of_releases(seen: Sequence[Seen]) -> Iterator[Finding]:
    releases = {one.release for one in seen if one.release}
    if len(releases) > 1:
        told = ", ".join(f"{one.service} {one.release}" for one in seen if one.release)
        yield Finding(
            code="releases-differ",
            where="services",
            says=f"Services are of different releases: {told}.",
            mend="Finish the upgrade, or take it back: events of a newer one may be unknown to an older one.",
        )


def _of_dependencies(service: str, figures: Figures) -> Iterator[Finding]:
    for name, up in figures.by("dependency_up", "dependency").items():
        if not up:
            shown = {"mongodb": "MongoDB", "nats": "NATS"}.get(name, name)
            yield Finding(
                code=f"{name}-silent",
                where=service,
                says=f"{shown} does not answer {service}.",
                mend=f"See whether {shown} runs and can be reached from there. Nothing that was acknowledged is lost.",
            )


def _of_events(service: str, figures: Figures) -> Iterator[Finding]:
    worker = f"python -m services.{service} {'all' if service == 'search' else 'worker'}"
    oldest = figures.one("outbox_oldest_age_seconds") or 0.0
    if oldest > LATE_SECONDS:
        waiting = counted(figures.one("outbox_waiting") or 0, "event")
        yield Finding(
            code="outbox-late",
            where=service,
            says=f"What {service} said is not on the bus: {waiting} in its outbox, the oldest for {lasting(oldest)}.",
            mend="See whether its worker runs and NATS takes messages; they go by themselves then. To start it:",
            command=worker,
        )
    for durable, missing in figures.by("durable_missing", "durable").items():
        if missing:
            yield Finding(
                code="durable-missing",
                where=service,
                says=f"The durable {durable} is gone, or the stream it belongs to: {service} hears nothing there.",
                mend="Its worker makes a durable again. This makes whatever is missing; nothing is done twice:",
                command="python -m shared.bus provision",
            )
    yield from _of_durables(service, figures, worker)
    if letters := figures.one("dead_letters"):
        events = counted(letters, "event")
        yield Finding(
            code="dead-letters",
            where=service,
            says=f"{events} could not be handled by {service} and wait for somebody to decide.",
            mend="See why, mend that, then give them back with replay, or drop them with discard:",
            command="python -m shared.bus list",
        )


def _of_durables(service: str, figures: Figures, worker: str) -> Iterator[Finding]:
    again = figures.by("durable_redelivered", "durable")
    waiting = figures.by("durable_waiting", "durable")
    for durable, age in figures.by("durable_oldest_age_seconds", "durable").items():
        if age <= LATE_SECONDS:
            continue
        if again.get(durable):
            yield Finding(
                code="events-failing",
                where=service,
                says=f"An event fails again and again at {durable}; it has waited for {lasting(age)}.",
                mend=f"The log of {service} says why. After some attempts it is put aside and the others go on.",
                command="python -m shared.bus status",
            )
        else:
            events = counted(waiting.get(durable, 0), "event")
            yield Finding(
                code="events-late",
                where=service,
                says=f"{service} is behind at {durable}: {events} wait, the oldest for {lasting(age)}.",
                mend="See whether its worker runs and whether the number goes down. To start it:",
                command=worker,
            )


def _of_search(url: str, figures: Figures) -> Iterator[Finding]:
    where = f"search at {url}"
    lag, drift = figures.one("search_lag_seconds") or 0.0, figures.one("search_drift") or 0
    if figures.one("search_connected") == 0:
        yield Finding(
            code="search-deaf",
            where=where,
            says="Search does not hear what is published; it goes on with what it knows.",
            mend="See whether NATS answers it and the stream CATALOGUE is there. This makes what is missing:",
            command="python -m shared.bus provision",
        )
    elif lag > LATE_SECONDS:
        events = counted(figures.one("search_lag_events") or 0, "publication")
        yield Finding(
            code="search-behind",
            where=where,
            says=f"Search is behind: {events} not found yet, the oldest for {lasting(lag)}.",
            mend="See whether the number goes down. If it does not, its log says why; a new index is made by:",
            command="python -m services.search drift --repair",
        )
    if figures.one("search_complete") == 0:
        yield Finding(
            code="search-incomplete",
            where=where,
            says="Search has not read everything that is published, so not everything is found.",
            mend="This ends by itself within minutes. If it does not, its log says why.",
        )
    if drift:
        yield Finding(
            code="search-drifts",
            where=where,
            says=f"{counted(drift, 'practice')} found otherwise than published, and a new index did not mend it.",
            mend="The catalogue lacks what was published. This puts it there again:",
            command="python -m shared.bus reconcile",
        )


def _of_mails(figures: Figures) -> Iterator[Finding]:
    age, again = figures.one("mails_oldest_age_seconds") or 0.0, figures.one("mails_retrying") or 0
    if again:
        yield Finding(
            code="mails-failing",
            where="notifications",
            says=f"{counted(again, 'mail')} could not be sent and will be tried again, the oldest of {lasting(age)}.",
            mend="See whether the relay at SMTP_URL takes mails, and what its log says; they go by themselves then.",
        )
    elif age > LATE_MAIL_SECONDS:
        yield Finding(
            code="mails-late",
            where="notifications",
            says=f"Mails are not sent: the oldest that could have gone waits for {lasting(age)}.",
            mend="See whether its worker runs. To start it:",
            command="python -m services.notifications worker",
        )
    if unknown := figures.one("mails_unknown"):
        yield Finding(
            code="mails-unknown",
            where="notifications",
            says=f"Of {counted(unknown, 'mail')} nobody knows whether they went, also after a second attempt.",
            mend="An administrator sees them under GET /deliveries?doubtful=true; the relay's log knows more.",
            weight=Weight.NOTE,
        )
    if held := figures.one("mails_held"):
        yield Finding(
            code="mails-held",
            where="notifications",
            says=f"{counted(held, 'mail')} are kept for people whom no mail reaches.",
            mend="They go when those people sign in or give another address; nothing is to be done.",
            weight=Weight.NOTE,
        )


def _of_webhooks(figures: Figures) -> Iterator[Finding]:
    age, failing = figures.one("webhook_oldest_age_seconds") or 0.0, figures.one("webhook_endpoints_failing") or 0
    disabled = figures.one("webhook_endpoints", state="disabled") or 0
    if failing:
        yield Finding(
            code="webhooks-failing",
            where="syndication",
            says=f"{counted(failing, 'webhook endpoint')} can not be delivered to; what waits is {lasting(age)} old.",
            mend="GET /webhooks/{id}/deliveries tells each attempt. It is tried again for days; its people are told.",
        )
    elif age > LATE_WEBHOOK_SECONDS:
        yield Finding(
            code="webhooks-late",
            where="syndication",
            says=f"Webhooks are not delivered: the oldest event waits for {lasting(age)}.",
            mend="See whether its worker runs. To start it:",
            command="python -m services.syndication worker",
        )
    if disabled:
        yield Finding(
            code="webhooks-disabled",
            where="syndication",
            says=f"{counted(disabled, 'webhook endpoint')} disabled because nothing arrived for days, or it was gone.",
            mend="Its people have been told and resume it; what is published meanwhile waits for 90 days.",
            weight=Weight.NOTE,
        )
