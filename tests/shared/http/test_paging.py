import base64
import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.http.paging import decode_cursor, encode_cursor

parts = st.one_of(
    st.text(max_size=30).filter(lambda text: "\x00" not in text),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
    st.datetimes(timezones=st.just(UTC)),
)


@given(st.lists(parts, max_size=4))
def test_a_cursor_brings_its_parts_back(key: list[object]) -> None:
    assert decode_cursor(encode_cursor(*key), *map(type, key)) == tuple(key)  # type: ignore[arg-type]


@given(st.one_of(st.text(), st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode())))
def test_whatever_comes_back_is_read_or_refused(cursor: str) -> None:
    with contextlib.suppress(Invalid):
        identifier, when = decode_cursor(cursor, str, datetime)
        assert isinstance(identifier, str)
        assert isinstance(when, datetime)


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        forged({}),
        forged([]),
        forged(["a"]),
        forged(["a", 1]),
        forged(["a", {"t": "yesterday"}]),
        forged(["a", {"t": 1}]),
        forged(["a", {"x": 1}]),
        forged([{"$gt": ""}, {"t": "2026-01-01T00:00:00+00:00"}]),
        forged(["a\x00", {"t": "2026-01-01T00:00:00+00:00"}]),
        forged(["\ud800", {"t": "2026-01-01T00:00:00+00:00"}]),
        forged(["a" * 5000, {"t": "2026-01-01T00:00:00+00:00"}]),
        forged(["a", {"t": "0001-01-01T00:00:00+14:00"}]),
        "ü",
        "====",
        "[" * 900,
    ],
)
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode_cursor(cursor, str, datetime)
    assert caught.value.errors[0].parameter == "query.cursor"


def test_a_number_that_no_database_keeps_is_refused() -> None:
    with pytest.raises(Invalid):
        decode_cursor(forged([2**63]), int)
    with pytest.raises(Invalid):
        decode_cursor(forged([True]), int)
    assert decode_cursor(encode_cursor(None), (str, type(None))) == (None,)
