from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.submissions.domain.ranges import content_disposition, requested
from shared.errors import RangeNotSatisfiable

TAG = '"abc"'
IGNORED = ["bytes=5-3", "bytes=0-1,5-6", "lines=0-1", "bytes=", "bytes=-", "bytes=a-b", "", "bytes=٣-٤"]


@pytest.mark.parametrize(
    ("header", "start", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 100),
        ("bytes=10-19", 10, 10),
        ("bytes=90-1000", 90, 10),
        ("bytes=-1", 99, 1),
        ("bytes=-1000", 0, 100),
        ("BYTES=99-99", 99, 1),
    ],
)
def test_one_range_is_served(header: str, start: int, length: int) -> None:
    span = requested(header, None, tag=TAG, size=100)
    assert span is not None
    assert (span.start, span.length) == (start, length)
    assert span.content_range == f"bytes {start}-{start + length - 1}/100"


@pytest.mark.parametrize("header", IGNORED)
def test_what_cannot_be_served_as_one_range_is_ignored(header: str) -> None:
    assert requested(header, None, tag=TAG, size=100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_beyond_the_end_is_refused_with_the_size(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        requested(header, None, tag=TAG, size=100)
    assert refused.value.headers == {"Content-Range": "bytes */100"}


def test_a_range_of_another_version_is_ignored() -> None:
    assert requested("bytes=0-1", '"other"', tag=TAG, size=100) is None
    assert requested("bytes=0-1", 'W/"abc"', tag=TAG, size=100) is None
    assert requested("bytes=0-1", TAG, tag=TAG, size=100) is not None


@given(st.text(max_size=30) | st.from_regex(r"bytes=[0-9]{0,25}-[0-9]{0,25}", fullmatch=True), st.integers(0, 1000))
def test_any_header_gives_a_part_of_the_file_or_a_refusal(header: str, size: int) -> None:
    try:
        span = requested(header, None, tag=TAG, size=size)
    except RangeNotSatisfiable:
        return
    if span:
        assert span.length > 0
        assert 0 <= span.start < span.start + span.length <= size


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=100))
def test_disposition_is_ascii_on_one_line_and_gives_the_name_back(name: str) -> None:
    value = content_disposition(name)
    assert value.isascii()
    assert "\n" not in value
    assert "\r" not in value
    assert unquote(value.rpartition("UTF-8''")[2]) == name
    assert value.count('"') == 2
