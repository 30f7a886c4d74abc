"""What the reviewers and coordinators do: claim, review, decide."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local.play.authors import Contribution
from local.play.people import Person, Refused
from local.play.words_of_reviewers import DECISIONS, review
from local.words import Step, Words

HIDDEN, TAKEN = 404, 409
# What each reviewer of the demo knows about, beside their own language and English.
EXPERTISE: Mapping[str, dict[str, list[str]]] = {
    "reviewer-1": {
        "sectors": ["adult", "non-formal-youth"],
        "themes": ["staff-mobility", "internationalisation-at-home"],
    },
    "reviewer-2": {"sectors": ["early-years", "school"], "themes": ["learner-mobility", "inclusion"]},
    "reviewer-3": {"sectors": ["vet", "higher-education"], "themes": ["learner-mobility", "beyond-europe"]},
    "reviewer-4": {"sectors": ["higher-education", "school"], "themes": ["recognition", "curricula"]},
    "reviewer-5": {"sectors": ["vet", "validation-guidance"], "themes": ["recognition", "green-transition"]},
    "reviewer-6": {"sectors": ["adult", "cross-sector"], "themes": ["policy-funding", "partnerships"]},
}


@dataclass(slots=True, kw_only=True)
class Case:
    """A case that waits for ``needed`` more reviews. ``tried`` are those who have reviewed it or may not."""

    contribution: Contribution
    needed: int
    tried: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"/cases/{self.contribution.case_id}"


async def introduce(reviewer: Person) -> None:
    """Say once what one knows about, so that the queue can show it first."""
    profile, version = await reviewer.read("review", "/reviewers/me")
    if not profile["sectors"]:
        languages = sorted({reviewer.account.locale, "en"})
        body = EXPERTISE[reviewer.account.sub] | {"languages": languages}
        await reviewer.call("PATCH", "review", "/reviewers/me", body, version=version)


async def opened(contribution: Contribution, coordinator: Person, *, patience: float = 30.0) -> Case:
    """Return the case once review has opened it for this round; it hears of the submission over the bus."""
    path = f"/cases/{contribution.case_id}"
    async with asyncio.timeout(patience):
        while True:
            try:
                found = await coordinator.call("GET", "review", path)
            except Refused as refusal:
                if refusal.status != HIDDEN:
                    raise
            else:
                if found["round"] == contribution.view["round"]:
                    return Case(contribution=contribution, needed=found["required"] - found["completed"])
            await asyncio.sleep(0.05)


async def review_all(cases: Sequence[Case], reviewers: Sequence[Person], words: Words, done: Step) -> None:
    """Let every reviewer take cases from their own queue, side by side, until no case waits."""
    while any(case.needed > 0 for case in cases):
        before = sum(len(case.tried) for case in cases)
        turns = [_work_through(cases, reviewer, words, done, first=first) for first, reviewer in enumerate(reviewers)]
        await asyncio.gather(*turns)
        if before == sum(len(case.tried) for case in cases):
            waiting = [case.contribution.sample.title for case in cases if case.needed > 0]
            raise RuntimeError(f"nobody is left who may review {waiting}")


async def _work_through(cases: Sequence[Case], reviewer: Person, words: Words, done: Step, *, first: int) -> None:
    queue = await _queue(reviewer)
    for case in (*cases[first * 5 % len(cases) :], *cases[: first * 5 % len(cases)]):
        if case.needed < 1 or reviewer.account.sub in case.tried:
            continue
        if case.contribution.case_id not in queue:
            await _look_for(case, reviewer, words)
            continue
        case.needed -= 1  # nobody else takes this place meanwhile
        case.tried.add(reviewer.account.sub)
        try:
            await _review(case, reviewer, strictness=first)
        except Refused as refusal:
            case.needed += 1
            if refusal.status != TAKEN:
                raise
        else:
            done()


async def _queue(reviewer: Person) -> set[str]:
    """Return the cases in the reviewer's queue: those with a free place, and those taken in an earlier run."""
    lists = [await reviewer.every("review", "/cases", {"scope": scope}) for scope in ("unclaimed", "mine")]
    return {item["case_id"] for items in lists for item in items}


async def _look_for(case: Case, reviewer: Person, words: Words) -> None:
    """Say so when a case is not in the queue because it is hidden; else it was full and may be free again."""
    try:
        await reviewer.call("GET", "review", case.path)
    except Refused as refusal:
        if refusal.status != HIDDEN:
            raise
        case.tried.add(reviewer.account.sub)
        title = case.contribution.sample.title
        words.line(f"    {reviewer.name} is not shown “{title}”: a conflict of interest")


async def _review(case: Case, reviewer: Person, *, strictness: int) -> None:
    version = await _place(case, reviewer)
    body = review(case.contribution.wanted, strictness=strictness)
    # As it is typed: the words first, then the scores, then the recommendation.
    parts = (("comments", "text_to_author", "confidential"), ("gates", "scores"), ("recommendation",))
    for names in parts:
        part = {name: body[name] for name in names}
        saved = await reviewer.call("PATCH", "review", f"{case.path}/review", part, version=version)
        version = saved["version"]
    await reviewer.call("POST", "review", f"{case.path}/review/complete")


async def _place(case: Case, reviewer: Person) -> int:
    """Claim the case, or go on where an earlier run stopped; return the version of the review to write."""
    try:
        await reviewer.call("POST", "review", f"{case.path}/claim")
    except Refused as refusal:
        if refusal.status != TAKEN:
            raise
        mine = (await reviewer.call("GET", "review", case.path))["mine"]
        if mine is None or mine["completed_at"]:
            raise
    _, version = await reviewer.read("review", f"{case.path}/review")
    return version


async def decide(case: Case, coordinators: Sequence[Person]) -> Person:
    """Decide as the story wants it; return which coordinator did."""
    round_ = case.contribution.view["round"]
    for coordinator in coordinators:
        try:
            await coordinator.call(
                "POST",
                "review",
                f"{case.path}/decision",
                DECISIONS[case.contribution.wanted],
                once=f"demo-decide-{case.contribution.case_id}-{round_}",
            )
        except Refused as refusal:
            if refusal.status not in (HIDDEN, TAKEN, 403):
                raise
        else:
            return coordinator
    raise RuntimeError(f"no coordinator may decide on “{case.contribution.sample.title}”")
