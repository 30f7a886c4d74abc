from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.kinds import Channel
from services.notifications.domain.ledger import (
    GIVE_UP_AFTER,
    LONGEST_RELAY_RETRY,
    LONGEST_RETRY,
    Entry,
    Outcome,
    State,
    Verdict,
    delivery_key,
    doubt,
    message_id,
    pause,
    settle,
)

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
QUEUED = Entry(state=State.QUEUED, queued_at=NOW, not_before=NOW)
ENDED = (State.SENT, State.BOUNCED, State.FAILED)


def attempt(entry: Entry, outcome: Outcome, now: datetime) -> Entry:
    sending = replace(entry, state=State.SENDING, not_before=None, attempts=entry.attempts + 1)
    return settle(sending, outcome, now)


def test_keys_and_message_ids_follow_from_what_is_told_to_whom() -> None:
    key = delivery_key("e", "ana", Channel.MAIL, "published")
    assert message_id(key, "x.example") == message_id(key, "x.example")
    others = {
        delivery_key("f", "ana", Channel.MAIL, "published"),
        delivery_key("e", "ben", Channel.MAIL, "published"),
        delivery_key("e", "ana", Channel.INBOX, "published"),
        delivery_key("e", "ana", Channel.MAIL, "rejected"),
    }
    assert len({message_id(other, "x.example") for other in (*others, key)}) == 5
    assert "ana" not in message_id(key, "x.example")


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.integers(0, 90_000)), max_size=30))
def test_whatever_attempts_come_to_a_mail_is_handed_over_at_most_twice_and_ends(
    attempts: list[tuple[Verdict, int]],
) -> None:
    entry, now, handed_over = QUEUED, NOW, 0
    for verdict, seconds in attempts:
        now += timedelta(seconds=seconds)
        if not entry.is_due(now):
            continue
        doubts = entry.doubts
        handed_over += verdict in (Verdict.ACCEPTED, Verdict.UNCLEAR)
        entry = attempt(entry, Outcome(verdict=verdict, reason="so"), now)
        assert entry.doubts >= doubts, "a doubt is never forgotten"
        if verdict is Verdict.ACCEPTED:
            assert entry.state is State.SENT
        if entry.state in ENDED:
            assert not entry.is_due(now + timedelta(days=365)), "what has ended is never sent again"
        if entry.state is State.FAILED:
            assert entry.doubts == 0, "what may have gone is not called failed"
    assert handed_over <= 2


@given(st.integers(0, 10_000))
def test_a_mail_that_cannot_be_sent_is_tried_until_it_is_given_up(seconds: int) -> None:
    entry, now, tries = QUEUED, NOW, 0
    while entry.not_before is not None:
        now = max(now, entry.not_before) + timedelta(seconds=seconds % 60)
        entry = attempt(entry, Outcome(verdict=Verdict.NOT_NOW, reason="451"), now)
        tries += 1
    assert entry.state is State.FAILED
    assert now - NOW >= GIVE_UP_AFTER
    assert tries > 20


def test_pauses_double_up_to_four_hours() -> None:
    pauses = [pause(attempts) for attempts in range(1, 40)]
    assert pauses[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_RETRY


def test_a_relay_that_was_away_is_asked_again_soon() -> None:
    tired = Entry(state=State.SENDING, queued_at=NOW, not_before=None, attempts=12)
    later = settle(tired, Outcome(verdict=Verdict.NOT_NOW, relay=True), NOW)
    assert later.not_before == NOW + LONGEST_RELAY_RETRY


def test_a_second_doubt_is_left_to_a_person() -> None:
    once = doubt(QUEUED, "a crash", NOW)
    assert once.state is State.UNKNOWN
    assert once.not_before is not None
    twice = doubt(once, "a crash", NOW)
    assert (twice.state, twice.not_before, twice.doubts) == (State.UNKNOWN, None, 2)
