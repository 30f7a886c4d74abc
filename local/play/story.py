"""The whole story, told in plain lines while it happens."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any, TypeVar

import httpx

from local.play.authors import WAITS_FOR_REVIEW, Contribution, answer, hand_in, titles_of, write
from local.play.left import leave_work
from local.play.outcomes import (
    ExpectedMail,
    Heard,
    found_by_search,
    is_public,
    listening,
    missing_mails,
    until,
)
from local.play.people import Person, Refused, browser, everybody
from local.play.place import Place
from local.play.reviewers import decide, introduce, opened, review_all
from local.play.samples import Sample, Story, samples
from local.sign_in import SignInFailed
from local.words import Words

T = TypeVar("T")
AT_ONCE = 4
DECIDED = {"published": "approved", "changes_requested": "changes requested", "rejected": "rejected"}
ENDS = {Story.APPROVE: "published", Story.REVISE: "published", Story.REJECT: "rejected", Story.DRAFT: "draft"}


async def play(house: Place, words: Words, *, leaves_work: bool) -> bool:
    """Play the main job and check what came of it; tell whether all of it went well. Safe to repeat.

    ``leaves_work`` for whoever tries the demo afterwards.
    """
    started = monotonic()
    async with AsyncExitStack() as stack:
        people = await stack.enter_async_context(everybody(house))
        http = await stack.enter_async_context(browser(house))
        words.head("A subscriber listens to the public events (a NATS user that may do nothing else)")
        heard = await stack.enter_async_context(listening(house, words.line))
        story = _Story(house, words, people, http, heard)
        try:
            await story.tell()
            well = await story.check()
            if well and leaves_work:
                await story.leave_work()
        except (Refused, SignInFailed, RuntimeError, TimeoutError, httpx.HTTPError) as error:
            words.bad(f"The story broke off: {str(error) or repr(error)}")
            return False
    words.head(f"{'All of it went well' if well else 'Not all of it went well'} ({monotonic() - started:.0f} s).")
    return well


def said_of_writing(new: int, there: int) -> str:
    """Say what the members write, in view of what an earlier run left on the same data."""
    if not there:
        return f"Members write {new} contributions and hand them in"
    if not new:
        return f"This was played already: the members' {there} contributions are there, none is written again"
    return f"Members write {new} more contributions and hand them in; {there} are there from an earlier run"


class _Story:
    def __init__(
        self, house: Place, words: Words, people: dict[str, Person], http: httpx.AsyncClient, heard: Heard
    ) -> None:
        self._house = house
        self._words = words
        self._people = people
        self._http = http
        self._heard = heard
        self._contributions: list[Contribution] = []
        self._mails: list[ExpectedMail] = []
        self._published_now: list[Contribution] = []
        self._arrivals = house.arrivals(http)

    def _with_role(self, role: str) -> list[Person]:
        return [person for person in self._people.values() if role in person.account.roles]

    async def tell(self) -> None:
        await self._pass_over_letters()
        await self._sign_in()
        await self._submit()
        rounds = 1
        while waiting := [one for one in self._contributions if one.stands in WAITS_FOR_REVIEW]:
            await self._review(waiting, rounds)
            await self._answer()
            rounds += 1

    async def leave_work(self) -> None:
        coordinator = self._with_role("coordinator")[0]
        await leave_work(self._contributions, self._with_role("reviewer"), coordinator, self._words)

    async def _pass_over_letters(self) -> None:
        if self._arrivals:
            await self._arrivals.pass_over()

    async def _sign_in(self) -> None:
        self._words.head("Everybody signs in (authorization code with PKCE, through the sign-in's own pages)")

        async def arrive(person: Person) -> None:
            await person.sign_in()
            await person.call("GET", "notifications", "/me")  # from now on they get mails in their language
            if "reviewer" in person.account.roles:
                await introduce(person)

        await self._each(self._people.values(), arrive, "signing in")
        roles = Counter(person.account.roles[-1] for person in self._people.values())
        self._words.good(", ".join(f"{number} {role}{'s' * (number > 1)}" for role, number in roles.items()))

    async def _submit(self) -> None:
        told = samples()
        authors = {sample.account: self._people[sample.account] for sample in told}
        known = {sub: await titles_of(author) for sub, author in authors.items()}
        new = sum(sample.title not in known[sample.account] for sample in told)
        self._words.head(said_of_writing(new, len(told) - new))

        async def begin(sample: Sample) -> None:
            author = authors[sample.account]
            contribution = await write(sample, author, known[sample.account])
            self._contributions.append(contribution)
            if await hand_in(contribution, self._words):
                self._expect_mail(contribution)

        await self._each(told, begin, "writing and submitting" if new else "looking at them")
        self._contributions.sort(key=lambda one: one.sample.key)
        languages = {sample.content["source_language"] for sample in told}
        drafts = sum(one.state == "draft" for one in self._contributions)
        self._words.good(f"in {len(languages)} languages; {drafts} stay drafts for now")

    async def _review(self, waiting: Sequence[Contribution], rounds: int) -> None:
        self._words.head(f"Round {rounds}: reviewers take {len(waiting)} cases from their queues")
        coordinators = self._with_role("coordinator")
        cases = await asyncio.gather(*(opened(one, coordinators[0]) for one in waiting))
        needed = sum(max(0, case.needed) for case in cases)
        with self._words.progress("reviewing", needed) as done:
            await review_all(cases, self._with_role("reviewer"), self._words, done)
        self._words.good(f"{needed} reviews written, each with gates, scores and comments")
        self._words.head("A coordinator decides")
        outcomes: Counter[str] = Counter()

        async def conclude(case: Any) -> None:
            await decide(case, coordinators)
            contribution: Contribution = case.contribution
            await self._until_decided(contribution)
            outcomes[DECIDED.get(contribution.state, contribution.state)] += 1
            if contribution.state == "published":
                self._published_now.append(contribution)
            self._expect_mail(contribution)

        await self._each(cases, conclude, "deciding")
        self._words.good(", ".join(f"{number} {outcome}" for outcome, number in outcomes.items()))

    async def _until_decided(self, contribution: Contribution) -> None:
        """The decision reaches submissions over the bus; what is approved is published at once."""

        async def is_decided() -> bool:
            return await contribution.look() in DECIDED

        if not await until(is_decided, patience=30):
            raise RuntimeError(f"“{contribution.sample.title}” is still {contribution.state} after its decision")

    async def _answer(self) -> None:
        asked = [one for one in self._contributions if one.stands == "changes_requested"]
        if not asked:
            return
        self._words.head(f"{len(asked)} authors change what was asked for, answer each comment and hand in again")
        await self._each(asked, answer, "answering")

    def _expect_mail(self, contribution: Contribution) -> None:
        self._mails.append(ExpectedMail(address=contribution.author.account.email, titles=contribution.sample.titles))

    async def check(self) -> bool:
        """Check every outcome; say each."""
        self._words.head("What came of it")
        results = [
            self._check_ends(),
            await self._check_search(),
            await self._check_private(),
            await self._check_mails(),
            await self._check_events(),
        ]
        return all(results)

    def _check_ends(self) -> bool:
        astray = [one for one in self._contributions if one.stands != ENDS[one.sample.story]]
        for one in astray:
            self._words.bad(f"“{one.sample.title}” is {one.state}, not {ENDS[one.sample.story]}")
        ends = Counter(one.stands for one in self._contributions)
        self._say(not astray, ", ".join(f"{number} {state}" for state, number in ends.items()))
        return not astray

    async def _check_search(self) -> bool:
        public = [one for one in self._contributions if one.stands == "published"]
        left = list(public)

        async def all_found() -> bool:
            left[:] = [one for one in left if not await found_by_search(self._http, self._house, one)]
            return not left

        found = await until(all_found)
        self._say(found, f"search finds {len(public) - len(left)} of {len(public)} by their titles")
        return found

    async def _check_private(self) -> bool:
        hidden = [one for one in self._contributions if one.stands != "published"]
        leaked = [
            one.sample.title
            for one in hidden
            if await is_public(self._http, self._house, one) or await found_by_search(self._http, self._house, one)
        ]
        self._say(not leaked, f"{len(hidden) - len(leaked)} drafts and rejected ones are neither public nor found")
        return not leaked

    async def _check_mails(self) -> bool:
        arrivals = self._arrivals
        if not self._mails:
            self._words.good("no mail to authors was due this time")
            return True
        if arrivals is None:
            self._words.line("  Mails went to the relay at SMTP_URL; they are not looked at here.")
            return True
        left: list[ExpectedMail] = []

        async def all_there() -> bool:
            left[:] = missing_mails(self._mails, await arrivals.by_recipient())
            return not left

        arrived = await until(all_there)
        for mail in left[:5]:
            self._words.bad(f"no mail to {mail.address} about “{mail.titles[0]}”")
        count = len(self._mails)
        self._say(arrived, f"{count - len(left)} of {count} mails to authors are in the mailbox: {self._house.mailbox}")
        return arrived

    async def _check_events(self) -> bool:
        if not self._published_now:
            self._words.good("nothing was published this time, so the subscriber had nothing to hear")
            return True

        async def all_heard() -> bool:
            return all(self._heard.of(one.id) for one in self._published_now)

        heard = await until(all_heard, patience=15)
        number = sum(bool(self._heard.of(one.id)) for one in self._published_now)
        self._say(heard, f"the subscriber heard of {number} of {len(self._published_now)} publications")
        return heard

    def _say(self, well: bool, text: str) -> None:
        (self._words.good if well else self._words.bad)(text)

    async def _each(self, items: Iterable[T], work: Callable[[T], Awaitable[None]], what: str) -> None:
        """Do the work for every item, a few at once, with a progress bar."""
        todo = list(items)
        limit = asyncio.Semaphore(AT_ONCE)
        with self._words.progress(what, len(todo)) as done:

            async def one(item: T) -> None:
                async with limit:
                    await work(item)
                done()

            try:
                async with asyncio.TaskGroup() as group:
                    for item in todo:
                        group.create_task(one(item))
            except ExceptionGroup as several:
                raise several.exceptions[0] from None
