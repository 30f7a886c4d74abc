"""Saving a page of the form without ever writing over what somebody else wrote meanwhile.

What the person changed is told apart from what the page merely shows; when another change came first (412), the
contribution is read again, and only where both changed the same field somebody has to choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.web.calls.api import Api, Refused
from services.web.share.fields import Json, digest
from services.web.share.seen import Seen
from services.web.share.sheet import Sheet
from services.web.share.steps import place_of

_STALE: Final = 412
_INVALID: Final = 422
_ATTEMPTS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``view`` is the contribution as it is now (None: nothing had to be saved, nothing was asked).

    ``conflicts`` are the fields that both changed; ``errors`` what the service refused, field by field. With either,
    nothing was saved, unless it was asked to save what it can: then ``kept_back`` names what is still unsaved.
    """

    seen: Seen
    view: Json | None = None
    conflicts: tuple[str, ...] = ()
    errors: tuple[Json, ...] = ()
    kept_back: tuple[str, ...] = ()

    @property
    def is_saved(self) -> bool:
        return not self.conflicts and not self.errors


async def save(api: Api, contribution_id: str, sheet: Sheet, *, what_it_can: bool = False) -> Outcome:
    """Save what a sheet changes. ``what_it_can`` leaves fields that are refused (half typed) for later."""
    saving = _Saving(api, f"/contributions/{contribution_id}", sheet)
    if not saving.changes:
        return Outcome(seen=sheet.seen)
    if sheet.needs_view(saving.changes):
        await saving.read()
    for _ in range(_ATTEMPTS):
        try:
            return await saving.write()
        except Refused as refused:
            if refused.status == _INVALID:
                wrong = _fields_of(refused, saving.changes) if what_it_can else []
                saving.keep_back(wrong)
                if not wrong:
                    return Outcome(seen=sheet.seen, errors=tuple(refused.errors))
            elif refused.status == _STALE:
                await saving.read()
                if conflicts := saving.compare():
                    return Outcome(seen=sheet.seen, view=saving.view, conflicts=conflicts)
            else:
                raise
        if not saving.changes:
            return saving.done()
    return Outcome(seen=sheet.seen, view=saving.view, conflicts=tuple(saving.changes))


class _Saving:
    """The changes still to be made, and what is known of the contribution meanwhile."""

    def __init__(self, api: Api, path: str, sheet: Sheet) -> None:
        self._api = api
        self._path = path
        self._sheet = sheet
        self._etag = sheet.seen.etag
        self.changes = sheet.changes
        self.kept_back: tuple[str, ...] = ()
        self.view: Json | None = None

    async def read(self) -> None:
        found = await self._api.ask("GET", self._path)
        self.view, self._etag = found.body, found.etag or self._etag

    async def write(self) -> Outcome:
        body = self._sheet.body(self.changes, self.view)
        self.view = (await self._api.ask("PATCH", self._path, body=body, if_match=self._etag)).body
        return self.done()

    def keep_back(self, names: Sequence[str]) -> None:
        self.kept_back += tuple(names)
        self.changes = {name: value for name, value in self.changes.items() if name not in names}

    def compare(self) -> tuple[str, ...]:
        """Keep the changes that can be made on top of the present state; return where both changed the same."""
        assert self.view is not None  # noqa: S101 - it was just read
        self.changes, conflicts = _compared(self._sheet, self.view, self.changes)
        return conflicts

    def done(self) -> Outcome:
        """Only what was saved is now as the page shows it; what others changed, the page has not seen."""
        seen = self._sheet.seen
        if self.view is not None:
            present = self._sheet.saved_values(self.view)
            mine = (name for name in self._sheet.changes if name not in self.kept_back)
            seen = seen.after(self.view["revision"], {name: present.get(name) for name in mine})
        return Outcome(seen=seen, view=self.view, kept_back=self.kept_back)


def _compared(sheet: Sheet, view: Json, changes: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return which changes are still to be made on top of the present state, and where both changed the same."""
    present = sheet.saved_values(view)
    open_changes, conflicts = dict[str, Any](), list[str]()
    for name, mine in changes.items():
        theirs = digest(present.get(name))
        if theirs == sheet.seen.marks.get(name):
            open_changes[name] = mine
        elif theirs != digest(mine):
            conflicts.append(name)
    return open_changes, tuple(conflicts)


def _fields_of(refused: Refused, changes: Mapping[str, Any]) -> list[str]:
    places = (place_of(error.get("pointer", "")) for error in refused.errors)
    names = (place.field.name for place in places if place)
    return [name for name in dict.fromkeys(names) if name in changes]
