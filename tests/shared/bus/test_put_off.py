"""What a process put off is remembered, and bounded where another process took it."""

from shared.bus.put_off import MOST, PutOff


def test_the_latest_are_remembered_and_no_more() -> None:
    put_off = PutOff()
    for sequence in range(MOST):
        put_off.add(sequence)
    put_off.add(0)  # once more: it is the latest now
    put_off.add(MOST)
    assert [sequence for sequence in range(MOST + 1) if sequence not in put_off] == [1]
    put_off.discard(0)
    put_off.discard(0)
    assert 0 not in put_off
