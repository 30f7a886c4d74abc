"""The audit trail shows any change, wherever it is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.review.domain.trail import Head, Step, first_broken, next_step

START = datetime(2026, 1, 1, tzinfo=UTC)


def written(facts: list[dict[str, Any]]) -> tuple[list[Step], Head]:
    steps: list[Step] = []
    head = Head()
    for number, fact in enumerate(facts):
        at = START + timedelta(minutes=number)
        step = next_step(head, case_id="c-1", at=at, act="claimed", actor="anna", facts=fact)
        steps.append(step)
        head = Head(number=step.number, seal=step.seal)
    return steps, head


values = st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=5), st.integers(), st.none()))
trails = st.lists(values, min_size=1, max_size=6)


@given(trails)
def test_what_was_written_is_whole(facts: list[dict[str, Any]]) -> None:
    steps, head = written(facts)
    assert first_broken(steps, head, case_id="c-1") is None


@given(trails, st.data())
def test_any_change_is_found_where_it_was_made(facts: list[dict[str, Any]], data: st.DataObject) -> None:
    steps, head = written(facts)
    index = data.draw(st.integers(0, len(steps) - 1))
    change = data.draw(st.sampled_from(["actor", "act", "at", "facts", "remove", "swap", "cut"]))
    forged = steps.copy()
    step = steps[index]
    if change == "remove":
        del forged[index]
    elif change == "cut":
        forged = forged[:index]
    elif change == "swap":
        forged.insert(0, forged.pop(index))
        if forged == steps:
            return
        index = 0
    else:
        other: dict[str, Any] = {
            "actor": "bo",
            "act": "released",
            "at": step.at + timedelta(milliseconds=1),
            "facts": {**step.facts, "forged": True},
        }
        forged[index] = replace(step, **{change: other[change]})
    assert first_broken(forged, head, case_id="c-1") == index + 1


@given(trails)
def test_a_step_added_at_the_end_is_found(facts: list[dict[str, Any]]) -> None:
    steps, head = written(facts)
    extra = next_step(head, case_id="c-1", at=START, act="decided", actor="x", facts={})
    assert first_broken([*steps, extra], head, case_id="c-1") == len(steps) + 1
