"""What the story leaves for whoever tries the demo: work for each role, on second versions of what is published."""

from __future__ import annotations

from collections.abc import Sequence

from local.play.authors import Contribution
from local.play.people import Person
from local.play.reviewers import opened, review_all
from local.play.samples import Story
from local.play.words_of_reviewers import NEW_INDICATOR
from local.words import Words

LEFT = 3  # of which the last is reviewed already


def chosen(contributions: Sequence[Contribution]) -> list[Contribution]:
    """Return those whose authors write a second version: published as they were, and in English."""
    fit = [
        one
        for one in contributions
        if one.sample.story is Story.APPROVE and one.sample.content["source_language"] == "en"
    ]
    return fit[:LEFT]


async def leave_work(
    contributions: Sequence[Contribution], reviewers: Sequence[Person], coordinator: Person, words: Words
) -> None:
    """Hand in second versions: two wait for a reviewer, one for a decision. An earlier run's are left as they are."""
    some = chosen(contributions)
    if not some or any(one.view["version"] > 1 for one in some):
        return
    words.head("Something is left for you to try")
    for one in some:
        await one.step("revise")
        indicators = [*one.view["content"].get("indicators", []), NEW_INDICATOR]
        one.view = await one.author.call(
            "PATCH",
            "submissions",
            f"/contributions/{one.id}",
            {"content": {"indicators": indicators}},
            version=one.view["revision"],
        )
        await one.step("submit")
    cases = [await opened(one, coordinator) for one in some]
    await review_all(cases[-1:], reviewers, words, lambda: None)
    words.good(f"{len(some) - 1} second versions wait for a reviewer, one for a coordinator's decision")
