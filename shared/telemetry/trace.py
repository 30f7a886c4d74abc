"""One trace from the request through the outbox and the bus into every consumer: W3C Trace Context, level 1.

https://www.w3.org/TR/trace-context/ . Only ``traceparent`` is carried. The ids stand in log lines, in events and in
problem details so that one search finds everything a request caused; ``shared.telemetry.spans`` sends the steps to a
collector where one is set.
"""

import contextlib
import re
import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

# Version ff is forbidden; versions above 00 may carry more fields after a dash, which we ignore.
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where we are: ``trace_id`` (32 hex digits) is the whole story, ``span_id`` (16) this step of it."""

    trace_id: str
    span_id: str
    flags: str = "01"

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    def child(self) -> "Trace":
        """Return the next step of the same trace."""
        return Trace(trace_id=self.trace_id, span_id=secrets.token_hex(8), flags=self.flags)


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def new_trace() -> Trace:
    """Return the first step of a new trace."""
    return Trace(trace_id=secrets.token_hex(16), span_id=secrets.token_hex(8))


def parse(traceparent: str | None) -> Trace | None:
    """Return the caller's step, or None if the header is absent or not valid (then a new trace begins)."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is None:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if trace_id == _NO_TRACE or span_id == _NO_SPAN or (version == "00" and more):
        return None
    return Trace(trace_id=trace_id, span_id=span_id, flags=flags)


def current_trace() -> Trace | None:
    """Return the step in whose scope this code runs, if any."""
    return _current.get()


def current_traceparent() -> str:
    """Return the ``traceparent`` to send on; outside any scope, one of a new trace."""
    return (_current.get() or new_trace()).traceparent


@contextlib.contextmanager
def trace_scope(traceparent: str | None = None) -> Iterator[Trace]:
    """Run a step: a child of ``traceparent``, or without a valid one a child of the current step or a new one."""
    with resumed(step_after(parse(traceparent) or _current.get())) as trace:
        yield trace


def step_after(parent: Trace | None) -> Trace:
    """Return the step that follows, or the first one of a new trace."""
    return parent.child() if parent else new_trace()


@contextlib.contextmanager
def resumed(trace: Trace) -> Iterator[Trace]:
    """Go on with a step that began elsewhere: in another task, or before what it shares with others."""
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
