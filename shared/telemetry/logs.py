"""Log lines as JSON objects, one a line, each with its service and the trace it belongs to.

``configure`` makes a logger without touching the globals of structlog or logging: services in one process keep
their own names. Lines carry ids and never a name, an address or what somebody wrote: exceptions are told by type,
place and a cleaned message.
"""

import json
import re
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

from shared.telemetry.trace import current_trace

Log = FilteringBoundLogger

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
_MAIL_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_DUPLICATE_KEY = re.compile(r"dup key: \{.*", re.DOTALL)
_INPUT_VALUE = re.compile(r"input_value=.*", re.DOTALL)
_MESSAGE_LIMIT = 500
_FRAMES = 12


def configure(service: str, *, level: str = "INFO", stream: TextIO | None = None) -> Log:
    """Return the logger of a service, writing to ``stream`` (standard output); ``level`` as in logging."""
    logger: Log = structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stdout),
        processors=[_where, _told_exception, _render],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level.upper()]),
        context_class=dict,
        service=service,
    )
    return logger


def _where(_logger: Any, level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    trace = current_trace()
    head: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": level,
        "service": line.pop("service", None),
        "event": line.pop("event", ""),
    }
    if trace:
        head["trace_id"] = trace.trace_id
        head["span_id"] = trace.span_id
    return {**head, **line}


def _told_exception(_logger: Any, _level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = line.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()[1]
    elif isinstance(info, tuple):
        info = info[1]
    if isinstance(info, BaseException):
        line["exception"] = describe(info)
    return line


def describe(error: BaseException) -> dict[str, Any]:
    """Tell an exception without what people wrote: type, cleaned message, the last frames, and its cause."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "message": clean(str(error)),
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["cause"] = {"type": type(cause).__qualname__, "message": clean(str(cause))}
    if isinstance(error, BaseExceptionGroup):
        told["errors"] = [describe(inner) for inner in error.exceptions]
    return told


def clean(message: str) -> str:
    """Cut a message of an error to its harmless part: no values of keys or inputs, no mail addresses."""
    message = _DUPLICATE_KEY.sub("dup key", message)
    message = _INPUT_VALUE.sub("input_value", message)
    return _MAIL_ADDRESS.sub("<address>", message)[:_MESSAGE_LIMIT]


def _render(_logger: Any, _level: str, line: MutableMapping[str, Any]) -> str:
    return json.dumps(line, default=str, separators=(",", ":"))
