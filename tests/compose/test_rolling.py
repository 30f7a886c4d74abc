"""In which order a cluster is restarted, and that a loss would be seen."""

from typing import Any

from tests.compose.cluster import disorder
from tests.compose.rolling import order


def _state(service: str, copy: int = 1) -> dict[str, Any]:
    return {"Service": service, "Name": f"exchange-{service}-{copy}"}


def test_services_go_first_a_copy_of_each_before_the_next_and_servers_last_one_by_one() -> None:
    states = [
        *(_state(name) for name in ("mongo", "mongo-2", "mongo-3", "nats", "nats-2", "nats-3")),
        *(_state("web", copy) for copy in (2, 1)),
        *(_state("search", copy) for copy in (1, 2)),
    ]
    assert [name.removeprefix("exchange-") for _, name in order(states)] == [
        "search-1",
        "web-1",
        "search-2",
        "web-2",
        "nats-1",
        "nats-2-1",
        "nats-3-1",
        "mongo-3-1",
        "mongo-2-1",
        "mongo-1",
    ]


def test_what_has_one_copy_and_what_ends_is_left_alone() -> None:
    alone = ("proxy", "sign-in", "provision", "keeper", "mongo-setup", "receiver")
    assert list(order([_state(name) for name in alone])) == []


def test_doubled_and_disordered_events_are_named() -> None:
    whole = {("/submissions", "a"): [1, 2, 3], ("/review", "a-1"): [1, 2]}
    assert disorder(whole) == []
    assert disorder(whole | {("/review", "b-1"): [1, 1]}) == ["events of /review about b-1 came as [1, 1]"]
    assert disorder(whole | {("/review", "b-1"): [2, 1]}) == ["events of /review about b-1 came as [2, 1]"]
