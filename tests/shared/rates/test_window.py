from hypothesis import given
from hypothesis import strategies as st

from shared.rates.window import SECONDS, Window

STEPS = st.lists(st.floats(0, 90, allow_nan=False), min_size=1, max_size=200)


@given(limit=st.integers(1, 50), waits=STEPS)
def test_no_more_than_twice_the_limit_in_any_minute_and_never_more_than_it_in_one_of_the_clock(
    limit: int, waits: list[float]
) -> None:
    window, now, let_in = Window(), 1_000_000.0, []
    for wait in waits:
        now += wait / 10
        if window.take(limit, now) is None:
            let_in.append(now)
    for minute in {int(at // SECONDS) for at in let_in}:
        assert sum(int(at // SECONDS) == minute for at in let_in) <= limit
    for begin in let_in:
        assert sum(begin <= at < begin + SECONDS for at in let_in) <= 2 * limit


@given(limit=st.integers(1, 50), waits=STEPS)
def test_who_waits_as_told_is_let_in_and_not_told_to_wait_for_longer_than_two_minutes(
    limit: int, waits: list[float]
) -> None:
    window, now = Window(), 1_000_000.0
    for wait in waits:
        now += wait / 20
        seconds = window.take(limit, now)
        if seconds is not None:
            assert 0 < seconds <= 2 * SECONDS
            now += seconds + 0.001
            assert window.take(limit, now) is None


def test_who_asks_evenly_and_within_the_limit_is_always_let_in() -> None:
    window = Window()
    assert all(window.take(60, 1_000_000.0 + second) is None for second in range(600))


def test_what_others_let_in_counts() -> None:
    window = Window()
    assert window.take(10, 600.0) is None
    window.others = 9
    assert window.take(10, 600.0) == 66  # when a tenth of this minute is behind the window
