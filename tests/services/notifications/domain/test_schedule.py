from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.digest import LINES_SHOWN, Line, gather
from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.domain.schedule import (
    Stage,
    Standing,
    due_soon_at,
    is_zone,
    next_digest,
    still_applies,
    superseded,
    zone,
)

ZONES = ("UTC", "Europe/Brussels", "America/St_Johns", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago")
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them so
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@given(moments, st.sampled_from(ZONES))
def test_the_digest_comes_at_seven_in_the_morning_of_its_reader_within_a_day(after: datetime, name: str) -> None:
    due = next_digest(after, ZoneInfo(name))
    local = due.astimezone(ZoneInfo(name))
    assert (local.hour, local.minute) == (7, 0)
    assert timedelta(0) < due - after <= timedelta(hours=25), "25 where clocks are set back"


def test_at_seven_sharp_the_next_digest_is_tomorrows() -> None:
    seven = datetime(2026, 3, 31, 7, tzinfo=UTC)
    assert next_digest(seven, UTC) == seven + timedelta(days=1)


@pytest.mark.parametrize(
    "name", ["", "Europe", "../etc/passwd", "Mars/Olympus", "x" * 300, "a\x00b", "Europe/Brussels/../x"]
)
def test_what_is_no_time_zone_is_refused_and_read_as_utc(name: str) -> None:
    assert not is_zone(name)
    assert zone(name) is UTC


@given(moments, st.floats(0.01, 100))
def test_a_review_is_announced_before_it_is_due(now: datetime, days: float) -> None:
    due_at = now + timedelta(days=days)
    announced = due_soon_at(now, due_at)
    assert now < announced < due_at
    if days >= 6:
        assert due_at - announced == timedelta(days=3)


def test_what_was_due_soon_is_not_told_once_it_is_overdue() -> None:
    due = {Kind.REVIEW_DUE_SOON: NOW - timedelta(days=4), Kind.REVIEW_OVERDUE: NOW - timedelta(days=1)}
    assert superseded(Kind.REVIEW_DUE_SOON, due, NOW)
    assert not superseded(Kind.REVIEW_OVERDUE, due, NOW)
    assert not superseded(Kind.REVIEW_DUE_SOON, due, NOW - timedelta(days=2))


def test_a_reminder_applies_only_while_the_contribution_stands_as_it_did() -> None:
    asked = Standing(stage=Stage.SUBMITTED, version=1, round=1)
    answered = Standing(stage=Stage.SUBMITTED, version=1, round=2)
    withdrawn = Standing(stage=Stage.WITHDRAWN, version=1, round=1)
    assert still_applies(Kind.CHANGES_REMINDER, asked, asked)
    assert not any(still_applies(Kind.CHANGES_REMINDER, asked, now) for now in (answered, withdrawn, None))


def test_a_digest_is_never_empty_and_says_what_it_leaves_out() -> None:
    def line(number: int, kind: Kind) -> Line:
        return Line(key=f"k{number:03}", kind=kind, at=NOW, facts=Facts(contribution_id=str(number)))

    assert gather([]) is None
    many = [line(number, Kind.UNDER_REVIEW if number % 2 else Kind.DRAFT_REMINDER) for number in range(LINES_SHOWN + 5)]
    digest = gather(many)
    assert digest is not None
    assert (len(digest.shown), digest.more) == (LINES_SHOWN, 5)
    assert [one.kind for one in digest.shown] == sorted([one.kind for one in digest.shown], key=list(Kind).index)
    assert gather(list(reversed(many))) == digest, "the same lines make the same digest"
