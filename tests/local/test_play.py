"""The demo's people do what the demo says they do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from local.play.people import Refused
from local.play.reviewers import Case, review_all
from local.play.story import said_of_writing
from local.words import Words


@pytest.mark.parametrize(
    ("new", "there", "said"),
    [
        (33, 0, "Members write 33 contributions and hand them in"),
        (0, 33, "This was played already: the members' 33 contributions are there, none is written again"),
        (3, 30, "Members write 3 more contributions and hand them in; 30 are there from an earlier run"),
    ],
)
def test_what_was_written_in_an_earlier_run_is_not_said_to_be_written(new: int, there: int, said: str) -> None:
    assert said_of_writing(new, there) == said


class Reader:
    """A reviewer whose queue is given; whatever is not in it is full for them."""

    def __init__(self, sub: str, *queue: str) -> None:
        self.account = SimpleNamespace(sub=sub)
        self.name = sub
        self.queue = queue
        self.claims: list[str] = []

    async def every(self, service: str, path: str, query: dict[str, str]) -> list[Any]:
        assert (service, path) == ("review", "/cases")
        return [{"case_id": one} for one in self.queue] if query["scope"] == "unclaimed" else []

    async def call(self, method: str, _: str, path: str, *__: Any, **___: Any) -> Any:
        if path.endswith("/claim"):
            self.claims.append(path)
        elif method == "GET" and path.split("/")[2] not in self.queue:
            raise Refused(404, {"detail": "Not found"}, path)
        return {"version": 1}

    async def read(self, *_: str) -> tuple[Any, int]:
        return {}, 0


def case(name: str) -> Case:
    contribution = SimpleNamespace(case_id=name, wanted="approve", sample=SimpleNamespace(title=name))
    return Case(contribution=cast("Any", contribution), needed=1)


async def test_reviewers_claim_what_is_in_their_queue_and_nothing_else() -> None:
    first, second = Reader("first", "b-1"), Reader("second", "a-1")
    readers: list[Any] = [first, second]
    await review_all([case("a-1"), case("b-1")], readers, Words(), lambda: None)
    assert (first.claims, second.claims) == (["/cases/b-1/claim"], ["/cases/a-1/claim"])
