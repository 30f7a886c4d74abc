import io
import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from shared.telemetry.logs import configure
from shared.telemetry.trace import trace_scope


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_line_is_json_with_service_level_and_trace() -> None:
    stream = io.StringIO()
    log = configure("review", stream=stream)
    with trace_scope() as trace:
        log.info("case opened", case_id="c1", note="zwei\nZeilen \u2028 \ud800")
    log.warning("outside")
    inside, outside = lines(stream)
    assert inside["service"] == "review"
    assert (inside["level"], inside["event"], inside["case_id"]) == ("info", "case opened", "c1")
    assert (inside["trace_id"], inside["span_id"]) == (trace.trace_id, trace.span_id)
    assert outside["level"] == "warning"
    assert "trace_id" not in outside


def test_two_services_in_one_process_keep_their_names_and_levels() -> None:
    stream = io.StringIO()
    review, search = configure("review", stream=stream), configure("search", level="ERROR", stream=stream)
    review.bind(durable="d").info("a")
    search.info("not told")
    search.error("b")
    assert [(line["service"], line["event"]) for line in lines(stream)] == [("review", "a"), ("search", "b")]


def test_an_exception_is_told_without_what_people_wrote() -> None:
    class Form(BaseModel):
        age: int

    stream = io.StringIO()
    log = configure("x", stream=stream)
    try:
        try:
            Form.model_validate({"age": "my secret story"})
        except ValidationError as error:
            raise RuntimeError("mail to ana.b@example.org failed") from error
    except RuntimeError:
        log.exception("it failed")
    (line,) = lines(stream)
    told = line["exception"]
    assert told["type"] == "builtins.RuntimeError"
    assert told["message"] == "mail to <address> failed"
    assert "test_logs.py" in told["frames"][-1]
    assert "secret" not in stream.getvalue()
    assert "ana.b" not in stream.getvalue()


def test_values_of_a_duplicate_key_are_not_told() -> None:
    stream = io.StringIO()
    error = ValueError('E11000 duplicate key error collection: a.b index: c dup key: { name: "Ana" }')
    configure("x", stream=stream).error("no", exc_info=error)
    assert "Ana" not in stream.getvalue()
    assert "E11000" in stream.getvalue()


def test_errors_of_a_group_are_told_one_by_one() -> None:
    stream = io.StringIO()
    group = ExceptionGroup("two", [ValueError("a"), TypeError("b")])
    configure("x", stream=stream).error("no", exc_info=group)
    assert [one["message"] for one in lines(stream)[0]["exception"]["errors"]] == ["a", "b"]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(KeyError):
        configure("x", level="loud")
