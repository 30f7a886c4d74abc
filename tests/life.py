"""One contribution's life over the public HTTP APIs, step by step, as clients live it.

Each step is safe to repeat: it carries an idempotency key or a version, so that a client who lost the answer asks
again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.ids import new_id
from tests.system import System

GATES = ("relevant", "complete", "ethical", "evidenced")
CRITERIA = (
    "effectiveness",
    "equity_inclusion",
    "transferability",
    "sustainability",
    "partnership",
    "participation",
    "policy_relevance",
)
REVIEW = {
    "gates": dict.fromkeys(GATES, True),
    "scores": {name: {"score": 3, "reason": "Shown by the numbers and the voices."} for name in CRITERIA},
    "comments": [{"pointer": "/summary", "severity": "praise", "text": "A clear summary."}],
    "text_to_author": "Thank you: this is useful to others.",
    "recommendation": "approve",
}
SERVER_ERRORS = 500


class Refused(Exception):
    """A step was answered with an error that asking again will not change."""


@dataclass(slots=True, kw_only=True)
class People:
    """Clients signed in as the people of one life."""

    member: httpx.AsyncClient
    reviewers: tuple[httpx.AsyncClient, ...]
    coordinator: httpx.AsyncClient
    reader: httpx.AsyncClient

    @classmethod
    def of(cls, system: System, *, reviewers: int = 2) -> "People":
        def claims(sub: str, role: str, organisation: str) -> dict[str, Any]:
            return {"sub": sub, "roles": [role], "organisation": organisation}

        return cls(
            member=system.client("submissions", **claims("member", "member", "org-a")),
            reviewers=tuple(
                system.client("review", **claims(f"reviewer-{number}", "reviewer", "org-reviewers"))
                for number in range(reviewers)
            ),
            coordinator=system.client("review", **claims("coordinator", "coordinator", "org-coordination")),
            reader=system.client("search", **claims("reader", "member", "org-reader")),
        )

    async def close(self) -> None:
        for client in (self.member, *self.reviewers, self.coordinator, self.reader):
            await client.aclose()


@dataclass(slots=True, kw_only=True)
class Life:
    """One life. ``patience`` bounds each step; with ``again`` a lost answer or a server's error is asked again;
    ``keyed`` sends idempotency keys."""

    people: People
    content: dict[str, Any]
    again: bool = False
    keyed: bool = True
    patience: float = 30.0
    key: str = field(default_factory=new_id)
    id: str = ""

    @property
    def case(self) -> str:
        return f"{self.id}-1"

    async def create(self) -> None:
        answer = await self._post(self.people.member, "/contributions", {"content": self.content}, key="create")
        self.id = answer.json()["id"]

    async def submit(self) -> None:
        await self._post(self.people.member, f"/contributions/{self.id}/submit", None, key="submit")

    async def review(self, number: int = 0) -> None:
        """Claim as soon as the case is there, write the review, complete it."""
        reviewer = self.people.reviewers[number]
        await self._post(reviewer, f"/cases/{self.case}/claim", None, key=f"claim-{number}", until_there=True)

        async def write() -> httpx.Response:
            saved = await reviewer.patch(f"/cases/{self.case}/review", json=REVIEW, headers={"If-Match": '"0"'})
            if saved.status_code != httpx.codes.PRECONDITION_FAILED:
                return saved
            seen = await reviewer.get(f"/cases/{self.case}/review")  # an answer was lost: the first word is saved
            if seen.is_error:
                return seen
            return await reviewer.patch(
                f"/cases/{self.case}/review", json=REVIEW, headers={"If-Match": seen.headers["ETag"]}
            )

        await self._done(write)
        await self._post(reviewer, f"/cases/{self.case}/review/complete", None, key=f"complete-{number}")

    async def approve(self) -> None:
        body = {"outcome": "approve", "text": "Good to have.", "reason_codes": []}
        await self._post(self.people.coordinator, f"/cases/{self.case}/decision", body, key="decide")

    async def found(self, words: str, *, every: float = 0.002) -> float:
        """Ask search every so many seconds until it finds it; returns the seconds that took."""
        started = time.perf_counter()
        while True:
            answer = await self._done(lambda: self.people.reader.get("/search", params={"q": words, "limit": 5}))
            if any(item["id"] == self.id for item in answer.json()["items"]):
                return time.perf_counter() - started
            if time.perf_counter() - started > self.patience:
                raise TimeoutError(f"{self.id} is not found by {words!r} after {self.patience:.0f} s")
            await asyncio.sleep(every)

    async def _post(
        self, client: httpx.AsyncClient, path: str, body: Any, *, key: str, until_there: bool = False
    ) -> httpx.Response:
        headers = {"Idempotency-Key": f"{self.key}-{key}"} if self.keyed else {}
        return await self._done(lambda: client.post(path, json=body, headers=headers), until_there=until_there)

    async def _done(self, ask: Callable[[], Awaitable[httpx.Response]], *, until_there: bool = False) -> httpx.Response:
        until = time.perf_counter() + self.patience
        while True:
            reason = ""
            try:
                answer = await ask()
            except httpx.HTTPError as error:
                reason = repr(error)
            else:
                if answer.is_success:
                    return answer
                reason = f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}"
                waits = until_there and answer.status_code == httpx.codes.NOT_FOUND
                if not waits and not (self.again and answer.status_code >= SERVER_ERRORS):
                    raise Refused(reason)
            if time.perf_counter() > until or not (self.again or until_there):
                raise Refused(reason)
            await asyncio.sleep(0.2 if self.again else 0.1)
