"""The bodies that a deliverer has in memory, and how they are forgotten."""

from services.syndication.webhooks.doorbell import Doorbell


def test_bodies_are_kept_for_a_minute_and_no_longer() -> None:
    now = 0.0
    doorbell = Doorbell(lambda: now)
    doorbell.ring({"w1"}, {"e1": b"one"})
    now = 40.0
    doorbell.remember({"e2": b"two"})
    assert (doorbell.body("e1"), doorbell.body("e2")) == (b"one", b"two")
    now = 61.0
    assert (doorbell.body("e1"), doorbell.body("e2")) == (None, b"two")
    assert doorbell.take() == {"w1"}


def test_the_oldest_gives_way_where_there_is_no_room() -> None:
    doorbell = Doorbell()
    mebibyte = bytes(1024 * 1024)
    doorbell.remember({f"e{number}": mebibyte for number in range(9)})
    doorbell.remember({"e8": b"once more"})
    assert doorbell.body("e0") is None
    assert doorbell.body("e1") == mebibyte
    assert doorbell.body("e8") == b"once more"


def test_all_are_forgotten_when_somebody_was_erased() -> None:
    doorbell = Doorbell()
    doorbell.ring({"w1"}, {"e1": b"names somebody"})
    doorbell.forget()
    assert doorbell.body("e1") is None
    assert doorbell.take() == {"w1"}
