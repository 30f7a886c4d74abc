import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.telemetry.trace import Trace, current_trace, current_traceparent, new_trace, parse, trace_scope

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"  # the example of the recommendation


def hexadecimal(digits: int) -> st.SearchStrategy[str]:
    return st.integers(1, 16**digits - 1).map(lambda number: f"{number:0{digits}x}")


@given(trace_id=hexadecimal(32), span_id=hexadecimal(16), flags=hexadecimal(2))
def test_a_trace_survives_its_header(trace_id: str, span_id: str, flags: str) -> None:
    trace = Trace(trace_id=trace_id, span_id=span_id, flags=flags)
    assert parse(trace.traceparent) == trace


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        PARENT.upper(),
        PARENT + "-more",
        PARENT.replace("00-", "ff-", 1),
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        PARENT + "\n",
    ],
)
def test_an_invalid_header_is_as_none(header: str | None) -> None:
    assert parse(header) is None


def test_a_later_version_may_carry_more() -> None:
    trace = parse(PARENT.replace("00-", "cc-", 1) + "-what-the-future-holds")
    assert trace is not None
    assert trace.trace_id == "0af7651916cd43dd8448eb211c80319c"


@given(st.text())
def test_no_header_breaks_it(header: str) -> None:
    parse(header)


def test_a_scope_is_a_child_of_the_caller() -> None:
    with trace_scope(PARENT) as trace:
        assert trace.trace_id == "0af7651916cd43dd8448eb211c80319c"
        assert trace.span_id != "b7ad6b7169203331"
        assert current_traceparent() == trace.traceparent
        with trace_scope() as inner:
            assert inner.trace_id == trace.trace_id
            assert inner.span_id != trace.span_id
        assert current_trace() == trace
    assert current_trace() is None


def test_outside_any_scope_a_new_trace_begins_each_time() -> None:
    assert current_traceparent() != current_traceparent()
    assert parse(new_trace().traceparent) is not None


async def test_work_side_by_side_keeps_its_own_trace() -> None:
    async def step(parent: str) -> str:
        with trace_scope(parent):
            await asyncio.sleep(0)
            trace = current_trace()
            assert trace is not None
            return trace.trace_id

    parents = [new_trace().traceparent for _ in range(20)]
    assert await asyncio.gather(*map(step, parents)) == [parent[3:35] for parent in parents]
