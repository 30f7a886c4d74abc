"""What the replica found lately, kept so that matching need not read it from the catalogue again."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.search.changes import Change
from services.search.saved.store import Place

_MOST_CHANGES: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Changes that led from one place in the catalogue to another."""

    before: Place
    after: Place
    changes: tuple[Change, ...]


class Recent:
    """The last steps without a gap. Used on the event loop only."""

    def __init__(self, most: int = _MOST_CHANGES) -> None:
        self._most = most
        self._steps: deque[Step] = deque()
        self._held = 0

    def add(self, before: Place, after: Place, changes: Sequence[Change]) -> None:
        """Add the next step; where it does not follow on the last one, what was there is forgotten."""
        if self._steps and self._steps[-1].after != before:
            self._steps.clear()
            self._held = 0
        self._steps.append(Step(before=before, after=after, changes=tuple(changes)))
        self._held += len(changes)
        while self._held > self._most and len(self._steps) > 1:
            self._held -= len(self._steps.popleft().changes)

    def since(self, place: Place) -> Step | None:
        """Return everything after a place as one step; None where it does not reach back that far."""
        if not self._steps or self._steps[0].before.stream != place.stream:
            return None
        if not self._steps[0].before.sequence <= place.sequence <= self._steps[-1].after.sequence:
            return None
        later = [step for step in self._steps if step.after.sequence > place.sequence]
        changes = tuple(change for step in later for change in step.changes)
        return Step(before=place, after=self._steps[-1].after, changes=changes)
