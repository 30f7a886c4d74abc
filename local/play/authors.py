"""What the members do: write, hand in, answer the reviewers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.play.people import Person
from local.play.samples import Sample, Story
from local.play.words_of_reviewers import ANSWERS, NEW_INDICATOR
from local.words import Words

WAITS_FOR_REVIEW = ("submitted", "in_review")


@dataclass(slots=True, kw_only=True)
class Contribution:
    """A sample that has become a contribution, and where it stands as its author last saw it."""

    sample: Sample
    author: Person
    view: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.view["id"])

    @property
    def state(self) -> str:
        return str(self.view["state"])

    @property
    def stands(self) -> str:
        """The state of what has come of it so far: a second version on its way takes nothing back."""
        return "published" if self.view["version"] > 1 else self.state

    @property
    def case_id(self) -> str:
        return f"{self.id}-{self.view['version']}"

    @property
    def wanted(self) -> str:
        """The outcome that the story gives it in this round of review."""
        if self.sample.story is Story.REVISE and self.view["round"] == 1:
            return "request_changes"
        return "reject" if self.sample.story is Story.REJECT else "approve"

    async def look(self) -> str:
        """Look again; return the state."""
        self.view = await self.author.call("GET", "submissions", f"/contributions/{self.id}")
        return self.state

    async def step(self, name: str, body: Any = None) -> None:
        """Take one of the author's steps, once for each round of each version."""
        once = f"demo-{name}-{self.id}-{self.view['version']}-{self.view['round']}"
        self.view = await self.author.call("POST", "submissions", f"/contributions/{self.id}/{name}", body, once=once)


async def write(sample: Sample, author: Person, known: dict[str, str]) -> Contribution:
    """Begin the contribution, or find the one that an earlier run began (``known``: title to id)."""
    if contribution_id := known.get(sample.title):
        view = await author.call("GET", "submissions", f"/contributions/{contribution_id}")
    else:
        body = {"content": sample.content}
        view = await author.call("POST", "submissions", "/contributions", body, once=f"demo-write-{sample.key}")
    return Contribution(sample=sample, author=author, view=view)


async def titles_of(author: Person) -> dict[str, str]:
    """Return the author's own contributions: each title, in every language, to its id."""
    found = await author.every("submissions", "/contributions")
    return {title: one["id"] for one in reversed(found) for title in one["title"].values()}


async def hand_in(contribution: Contribution, words: Words) -> bool:
    """Submit it unless it was before or stays a draft; tell whether that happened now."""
    if contribution.sample.story is Story.DRAFT or contribution.state != "draft":
        return False
    check = await contribution.author.call("GET", "submissions", f"/contributions/{contribution.id}/completeness")
    if not check["complete"]:
        words.bad(f"“{contribution.sample.title}” is not complete: {[one['pointer'] for one in check['errors']]}")
        return False
    await contribution.step("submit")
    return True


async def answer(contribution: Contribution) -> None:
    """Change what the reviewers asked for, answer each open comment, hand in again."""
    view = contribution.view
    indicators = [*view["content"].get("indicators", []), NEW_INDICATOR]
    if NEW_INDICATOR["source"] not in [one.get("source") for one in indicators[:-1]]:
        contribution.view = await contribution.author.call(
            "PATCH",
            "submissions",
            f"/contributions/{contribution.id}",
            {"content": {"indicators": indicators}},
            version=view["revision"],
        )
    comments = [one for one in view["feedback"]["comments"] if one["severity"] in ("must", "should")]
    answers = [
        {"comment_id": one["id"], "text": ANSWERS.get(one["text"], "We agree and have done so.")} for one in comments
    ]
    await contribution.step("resubmit", {"answers": answers})
