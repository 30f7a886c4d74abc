"""The audit trail of a case: every entry holds the hash of the one before, so none can be changed or taken out.

The case itself keeps the number and hash of the last entry, so that cutting off the end shows as well.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a trail ends."""

    number: int = 0
    seal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened. ``actor`` is a person id, or ``system``; ``facts`` are plain JSON.

    ``seal`` is the SHA-256 over everything else in it and the seal of the step before.
    """

    case_id: str
    number: int
    at: datetime
    act: str
    actor: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    previous: str
    seal: str


def next_step(head: Head, *, case_id: str, at: datetime, act: str, actor: str, facts: Mapping[str, Any]) -> Step:
    """Return the step that follows ``head``."""
    number = head.number + 1
    seal = _seal(case_id, number, at, act, actor, facts, head.seal)
    return Step(
        case_id=case_id,
        number=number,
        at=at,
        act=act,
        actor=actor,
        facts=facts,
        previous=head.seal,
        seal=seal,
    )


def first_broken(steps: Sequence[Step], head: Head, *, case_id: str) -> int | None:
    """Return the number of the first step that is missing or is not what was written; None when all is whole."""
    seal = ""
    for number, step in enumerate(steps, start=1):
        true = _seal(case_id, number, step.at, step.act, step.actor, step.facts, seal)
        if (step.number, step.case_id, step.previous, step.seal) != (number, case_id, seal, true):
            return number
        seal = true
    if (len(steps), seal) != (head.number, head.seal):
        return min(len(steps), head.number) + 1
    return None


def _seal(
    case_id: str, number: int, at: datetime, act: str, actor: str, facts: Mapping[str, Any], previous: str
) -> str:
    content = [previous, case_id, number, at.isoformat(timespec="milliseconds"), act, actor, facts]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
