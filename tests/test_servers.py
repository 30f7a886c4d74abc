"""The one choice of where servers come from."""

import pytest

from tests import servers
from tests.servers import Servers


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TESTS_SERVERS", "MONGODB_URL", "NATS_URL"):
        monkeypatch.delenv(name, raising=False)


def _docker(monkeypatch: pytest.MonkeyPatch, *, answers: bool) -> None:
    monkeypatch.setattr(servers, "docker_answers", lambda: answers)


@pytest.mark.parametrize(
    ("wish", "answers", "containers"),
    [
        (None, True, False),
        ("local", True, False),
        ("containers", True, True),
        ("auto", True, True),
        ("auto", False, False),
    ],
)
def test_containers_are_used_where_they_are_wanted_and_docker_answers(
    monkeypatch: pytest.MonkeyPatch, wish: str | None, answers: bool, containers: bool
) -> None:
    _docker(monkeypatch, answers=answers)
    if wish:
        monkeypatch.setenv("TESTS_SERVERS", wish)
    assert Servers.chosen().in_containers is containers


def test_containers_that_cannot_be_had_are_not_replaced_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    _docker(monkeypatch, answers=False)
    monkeypatch.setenv("TESTS_SERVERS", "containers")
    with pytest.raises(ValueError, match="no Docker engine answers here"):
        Servers.chosen()


def test_a_wish_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTS_SERVERS", "cloud")
    with pytest.raises(ValueError, match="TESTS_SERVERS is 'cloud'"):
        Servers.chosen()


@pytest.mark.parametrize("wish", ["local", "containers"])
def test_servers_that_are_given_are_used(monkeypatch: pytest.MonkeyPatch, wish: str) -> None:
    _docker(monkeypatch, answers=True)
    monkeypatch.setenv("TESTS_SERVERS", wish)
    monkeypatch.setenv("MONGODB_URL", "mongodb://given.example/")
    monkeypatch.setenv("NATS_URL", "nats://given.example")
    chosen = Servers.chosen()
    with chosen.mongodb() as mongodb_url, chosen.shared_nats() as nats_url:
        assert (mongodb_url, nats_url) == ("mongodb://given.example/", "nats://given.example")
