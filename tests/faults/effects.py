"""What must hold of every consumer: each event effective exactly once in each, and no life that the rules forbid.

Pure, like the checker, and tested like it with planted wrongs. What the clients of a run do is known, so all that has
to come of a contribution that was approved is known too: it is listed here, consumer by consumer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

# What may follow what in the life of a submission until it is public (services/submissions/README.md); "" is a draft.
FOLLOWS: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"submitted", "discarded"}),
    "discarded": frozenset({"restored"}),
    "restored": frozenset({"submitted", "discarded"}),
    "submitted": frozenset({"in_review", "changes_requested", "approved", "rejected", "withdrawn"}),
    "in_review": frozenset({"changes_requested", "approved", "rejected", "withdrawn"}),
    "changes_requested": frozenset({"resubmitted", "withdrawn"}),
    "resubmitted": frozenset({"in_review", "changes_requested", "approved", "rejected", "withdrawn"}),
    "approved": frozenset({"published", "withdrawn"}),
    "rejected": frozenset({"appealed"}),
    "appealed": frozenset({"in_review", "approved", "rejected"}),
    "published": frozenset(),
    "withdrawn": frozenset(),
}
STANDS_AFTER: Final[Mapping[str, str]] = {"": "draft", "restored": "draft", "resubmitted": "submitted"}

# Who is told what of a contribution on its way: in the inbox, and by mail.
MATCHED: Final = ("reader", "search_matched")
INBOX: Final = frozenset(
    {
        ("member", "submission_received"),
        ("member", "under_review"),
        ("member", "published"),
        ("reviewer-0", "review_claimed"),
        ("reviewer-0", "decision_taken"),
        ("coordinator", "ready_for_decision"),
        MATCHED,
    }
)
MAILS: Final = frozenset(
    {
        ("member", "submission_received"),
        ("member", "published"),
        ("coordinator", "ready_for_decision"),
        MATCHED,
    }
)

Telling = tuple[str, str, str]  # contribution, who, what


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What the consumers made of the events, as their databases and the API of search tell.

    ``lives`` are where each contribution stands and the steps that led there; ``cases`` the state of the review case of
    each. ``published`` and ``found`` are versions by practice. ``offered`` are the public events in the stream, and
    ``syndicated`` those that syndication logged. ``alerted`` is each practice as often as the saved search told of it;
    ``receipts`` what is known of each publication. ``no_news`` are practices that, by the record, were published before
    the search was saved, as are those published by a clock that was behind: they are no news to it.
    """

    lives: Mapping[str, tuple[str, Sequence[str]]] = field(default_factory=dict)
    cases: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[str, int] = field(default_factory=dict)
    offered: frozenset[str] = frozenset()
    syndicated: frozenset[str] = frozenset()
    notices: Sequence[Telling] = ()
    mails: Sequence[Telling] = ()
    alerted: Sequence[str] = ()
    no_news: frozenset[str] = frozenset()
    receipts: Mapping[str, frozenset[str]] = field(default_factory=dict)


RECEIPT: Final = frozenset({"organisations", "indexed", "notified"})  # said by submissions, search and notifications


def wrong_effects(approved: Iterable[str], effects: Effects) -> list[str]:
    """List every effect that is missing, there twice or forbidden, in words; empty when all is right."""
    done = sorted(approved)
    return [
        *_unlawful(effects.lives),
        *(
            f"{one} is approved and its case is {effects.cases.get(one)}"
            for one in done
            if not _is_decided(effects, one)
        ),
        *_differing(effects.published, effects.found),
        *(
            f"{one} is a public event that syndication does not have"
            for one in sorted(effects.offered - effects.syndicated)
        ),
        *(f"{one} is with syndication and no public event" for one in sorted(effects.syndicated - effects.offered)),
        *_told("inbox", effects.notices, INBOX, done, effects.no_news),
        *_told("mail", effects.mails, MAILS, done, effects.no_news),
        *_alerts(effects, done),
        *(
            f"the receipt of {one} lacks what was said of {', '.join(sorted(lacks))}"
            for one in done
            if (lacks := RECEIPT - effects.receipts.get(one, frozenset()))
        ),
    ]


def _unlawful(lives: Mapping[str, tuple[str, Sequence[str]]]) -> list[str]:
    found = []
    for one, (state, steps) in sorted(lives.items()):
        at = ""
        for step in steps:
            if step not in FOLLOWS.get(at, frozenset()):
                found.append(f"{one} went from {at or 'draft'} to {step}, which no life does")
            at = step
        if STANDS_AFTER.get(at, at) != state:
            found.append(f"{one} is {state} after {at or 'nothing'}")
    return found


def _is_decided(effects: Effects, contribution: str) -> bool:
    return effects.cases.get(contribution) == "approved"


def _differing(published: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    return [
        f"{one} is published as version {published[one]} and found as {found[one]}"
        for one in sorted(published.keys() & found.keys())
        if published[one] != found[one]
    ]


def _told(
    where: str,
    tellings: Sequence[Telling],
    wanted: frozenset[tuple[str, str]],
    done: Sequence[str],
    no_news: frozenset[str],
) -> list[str]:
    of: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for contribution, who, what in tellings:
        of[contribution][who, what] += 1
    due = {one: wanted - {MATCHED} if one in no_news else wanted for one in done}
    return [
        f"{where}: {who} was told {what} of {one} {of[one][who, what]} times"
        for one in done
        for who, what in sorted(wanted | of[one].keys())
        if of[one][who, what] != (1 if (who, what) in due[one] else 0)
    ]


def _alerts(effects: Effects, done: Sequence[str]) -> list[str]:
    counted = Counter(effects.alerted)
    return [
        f"the saved search noted {one} {counted[one]} times"
        for one in done
        if counted[one] != (0 if one in effects.no_news else 1)
    ]
