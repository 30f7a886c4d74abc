"""Contributions brought to where a test needs them, through the services' APIs, by people of the demo."""

from dataclasses import dataclass, replace
from typing import Any

from tests.contents import complete_content, said
from tests.life import REVIEW
from tests.waiting import eventually
from tests.web.site import Json, Site, fresh

# graca.velosa writes; helena.lindqvist (another organisation) reviews; ingrid.haugen decides.
AUTHOR, REVIEWER, COORDINATOR = "member-1", "reviewer-1", "coordinator-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One contribution on its way, by one author; each step waits until the services have heard of it."""

    site: Site
    id: str
    title: str
    author: str = AUTHOR
    version: int = 1

    @property
    def case_id(self) -> str:
        return f"{self.id}-{self.version}"

    async def seen(self) -> Json:
        """Return what its author sees of it."""
        found: Json = await self.site.call(self.author, "submissions", "GET", f"/contributions/{self.id}")
        return found

    async def come_to(self, state: str) -> Json:
        async def there() -> Json | None:
            seen = await self.seen()
            return seen if seen["state"] == state else None

        return await eventually(there)

    async def submit(self) -> None:
        await self.site.call(self.author, "submissions", "POST", f"/contributions/{self.id}/submit")
        await self.come_to("in_review")

        async def opened() -> bool:
            return (await self.site.ask(COORDINATOR, "review", "GET", f"/cases/{self.case_id}")).is_success

        await eventually(opened)

    async def attach(self, name: str, content: bytes, words: str) -> None:
        """Add a file while it is a draft; ``words`` say what is in it."""
        told = {"name": name, "alt_text": words, "licence": "CC0-1.0"}
        path = f"/contributions/{self.id}/attachments"
        answer = await self.site.ask(self.author, "submissions", "POST", path, params=told, content=content)
        assert answer.is_success, answer.text

    async def claim(self, reviewer: str = REVIEWER) -> None:
        await self.site.call(reviewer, "review", "POST", f"/cases/{self.case_id}/claim")

    async def review(self, reviewer: str = REVIEWER, **changes: Any) -> None:
        """Write a review and finish it; the case is claimed first if it is not yet."""
        await self.site.ask(reviewer, "review", "POST", f"/cases/{self.case_id}/claim")
        path = f"/cases/{self.case_id}/review"
        seen = await self.site.ask(reviewer, "review", "GET", path)
        match = {"If-Match": seen.headers["ETag"]}
        await self.site.call(reviewer, "review", "PATCH", path, REVIEW | changes, headers=match)
        await self.site.call(reviewer, "review", "POST", f"{path}/complete")

    async def decide(self, outcome: str = "approve", *reasons: str, **more: Any) -> None:
        body = {"outcome": outcome, "text": "This is our decision.", "reason_codes": reasons, **more}
        await self.site.call(COORDINATOR, "review", "POST", f"/cases/{self.case_id}/decision", body)

    async def publish(self) -> None:
        """Live the rest of its life, and wait until search finds it."""
        await self.submit()
        await self.review()
        await self.decide()
        await self.come_to("published")

        async def found() -> bool:
            hits = await self.site.call(None, "search", "GET", f"/search?q={self.title.rpartition(' ')[2]}")
            return any(hit["id"] == self.id for hit in hits["items"])

        await eventually(found)


async def drafted(site: Site, author: str = AUTHOR, kind: Any = "lesson_learned", **changes: Any) -> Life:
    """Begin a complete contribution with a title of its own."""
    title = fresh("What we learned on the way")
    content = complete_content(kind, **({"title": said(title)} | changes))
    begun = await site.call(author, "submissions", "POST", "/contributions", {"content": content})
    return Life(site=site, id=begun["id"], title=title, author=author)


async def in_review(site: Site, **changes: Any) -> Life:
    life = await drafted(site, **changes)
    await life.submit()
    return life


async def changes_requested(site: Site, **changes: Any) -> Life:
    """Up to a decision that asks for changes, with one comment on the title that must be answered."""
    life = await in_review(site, **changes)
    comments = [{"pointer": "/title", "severity": "must", "text": "Say in the title where it took place."}]
    await life.review(comments=comments, recommendation="request_changes")
    await life.decide("request_changes", "incomplete")
    await life.come_to("changes_requested")
    return life


async def rejected(site: Site, **changes: Any) -> Life:
    """Up to a decision not to publish, which its author may appeal against."""
    life = await in_review(site, **changes)
    await life.review(recommendation="reject")
    await life.decide("reject", "out-of-scope")
    await life.come_to("rejected")
    return life


async def published(site: Site, **changes: Any) -> Life:
    life = await drafted(site, **changes)
    await life.publish()
    return life


async def revised(life: Life, **content: Any) -> Life:
    """Publish another version of what is public, with these fields changed; wait until it is the one that is shown."""
    site, path = life.site, f"/contributions/{life.id}"
    await site.call(life.author, "submissions", "POST", f"{path}/revise")
    seen = await site.ask(life.author, "submissions", "GET", path)
    match = {"If-Match": seen.headers["ETag"]}
    await site.call(life.author, "submissions", "PATCH", path, {"content": content}, headers=match)
    second = replace(life, version=life.version + 1)
    await second.submit()
    await second.review()
    await second.decide()

    async def shown() -> bool:
        practice = await site.call(None, "submissions", "GET", f"/practices/{life.id}")
        return bool(practice["version"] == second.version)

    await eventually(shown)
    return second


async def taken_down(life: Life) -> Life:
    """Take down what is public."""
    reason = {"reason_code": "author-request", "reason": "Its authors asked for it."}
    await life.site.call(COORDINATOR, "submissions", "POST", f"/practices/{life.id}/tombstone", reason)
    return life


async def agreed(life: Life, *names: str) -> Life:
    """Record that a public joint action was agreed by these, and by others."""
    order = {
        "agreed_on": "2026-03-30",
        "parties": [*names, "Advisory Committee on Adult Learning", "Varia Evening School"],
        "text": {"en": "Placements of two weeks count in both frameworks from autumn on."},
    }
    await life.site.call(COORDINATOR, "submissions", "POST", f"/practices/{life.id}/agreement", order)
    return life
