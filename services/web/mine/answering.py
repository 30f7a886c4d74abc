"""Answers to reviewers' comments: what each comment is about, and bringing together what several windows typed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.web.calls.api import Refused
from services.web.mine.parts import ASKS, STALE, UNPROCESSABLE, Json
from services.web.reviews.contribution import Contribution, Piece, label_of
from services.web.share.steps import place_of

if TYPE_CHECKING:
    from services.web.calls.vocabularies import Term
    from services.web.page.visit import Visit

SEVERITIES: Final = (*ASKS, "praise")
LENGTH: Final = 4_000
OPEN: Final = "changes_requested"
_TRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on the fields ``now``, as they are; ``then`` are those of them that were submitted otherwise.

    ``mark`` tells which kept answer this page was made with; ``theirs`` is what somebody else saved meanwhile.
    """

    id: str
    severity: str
    text: str
    about: str
    now: tuple[Piece, ...]
    then: tuple[Piece, ...]
    to: str
    answer: str
    mark: str
    theirs: str | None = None
    error: str = ""

    @property
    def asks(self) -> bool:
        return self.severity in ASKS

    @property
    def control(self) -> str:
        return f"answer-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of answers that were sent: the contribution after it, what was kept, what was not and why."""

    view: Json
    etag: str | None
    theirs: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def kept(self) -> dict[str, str]:
        return kept_in(self.view)


def kept_in(view: Json) -> dict[str, str]:
    """The answers kept so far, by the comment's id."""
    feedback = view.get("feedback") or {}
    return {one["comment_id"]: one["text"] for one in feedback.get("answers") or ()}


def open_in(view: Json) -> list[str]:
    """The ids of the comments that must have an answer before it can be handed in."""
    feedback = view.get("feedback") or {}
    return [one["id"] for one in feedback.get("comments") or () if one["severity"] in ASKS]


def is_open(view: Json) -> bool:
    """Whether there are comments to answer now."""
    feedback = view.get("feedback") or {}
    return view["state"] == OPEN and feedback.get("outcome") == OPEN


def mark(text: str) -> str:
    """A short name of a text, to tell later whether it changed."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def reconciled(
    typed: Mapping[str, str], marks: Mapping[str, str], kept: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is to be saved, and what somebody else saved meanwhile where something else was typed here.

    ``marks`` name the texts this page was made with. A text that was not touched here never overwrites another.
    """
    changes, theirs = {}, {}
    for one, text in typed.items():
        now = kept.get(one, "")
        if text == now or mark(text) == marks.get(one):
            continue
        if mark(now) == marks.get(one):
            changes[one] = text
        else:
            theirs[one] = now
    return changes, theirs


async def save(visit: Visit, contribution_id: str, typed: Mapping[str, str], marks: Mapping[str, str]) -> Saved:
    """Keep what was typed, field edits in other windows notwithstanding. What cannot be kept is told, the rest is.

    Raises Refused: 404 when it is somebody else's, 409 when nothing is to be answered now.
    """
    api, path = visit.services.submissions, f"/contributions/{contribution_id}"
    too_long = visit._("Shorten this answer: at most 4,000 characters can be kept.")
    errors = {one: too_long for one, text in typed.items() if len(text) > LENGTH}
    for _ in range(_TRIES):
        found = await api.ask("GET", path, query={"lang": visit.language})
        view = found.body
        if not is_open(view):
            raise Refused(409, {"type": "/wrong-state", "state": view["state"]})
        known = {one["id"] for one in view["feedback"]["comments"]}
        fine = {one: text for one, text in typed.items() if one in known and one not in errors}
        changes, theirs = reconciled(fine, marks, kept_in(view))
        if not changes:
            return Saved(view=view, etag=found.etag, theirs=theirs, errors=errors)
        body = {"answers": [{"comment_id": one, "text": text} for one, text in changes.items()]}
        try:
            after = await api.ask("PATCH", path, body=body, if_match=found.etag)
        except Refused as refused:
            if refused.status == UNPROCESSABLE and (wrong := _named(refused, list(changes))):
                errors |= dict.fromkeys(wrong, visit._("This answer holds a character that cannot be kept. Remove it."))
            elif refused.status != STALE:
                raise
            continue
        return Saved(view=view | after.body, etag=after.etag, theirs=theirs, errors=errors)
    raise Refused(STALE, {"type": "/stale"})


def _named(refused: Refused, sent: list[str]) -> list[str]:
    """The comments whose answers were refused: errors name their place in the list (``/answers/0/text``)."""
    steps = [str(error.get("pointer", "")).split("/") for error in refused.errors]
    places = [int(one[2]) for one in steps if one[1:2] == ["answers"] and len(one) > 2 and one[2].isdecimal()]  # noqa: PLR2004
    return [sent[place] for place in places if place < len(sent)]


def comments_of(
    view: Json,
    *,
    now: Contribution,
    then: Contribution,
    fields: Mapping[str, Term],
    typed: Mapping[str, str] | None = None,
    theirs: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[Comment]:
    """Return the comments in their order, each with what it is about; ``typed`` goes before what is kept."""
    kept = kept_in(view)
    return [
        Comment(
            id=one["id"],
            severity=one["severity"],
            text=one["text"],
            about=label_of(one["pointer"], fields),
            now=pieces_at(one["pointer"], now, fields),
            then=_other(pieces_at(one["pointer"], then, fields), pieces_at(one["pointer"], now, fields)),
            to=_address(view, one["pointer"]),
            answer=(typed or {}).get(one["id"], kept.get(one["id"], "")),
            mark=mark(kept.get(one["id"], "")),
            theirs=(theirs or {}).get(one["id"]),
            error=(errors or {}).get(one["id"], ""),
        )
        for one in by_severity(view["feedback"]["comments"])
    ]


def by_severity(comments: list[Json]) -> list[Json]:
    """What must be changed first, praise last; within that, as it came."""
    order = {name: place for place, name in enumerate(SEVERITIES)}
    return sorted(comments, key=lambda one: order.get(one["severity"], len(order)))


def pieces_at(pointer: str, contribution: Contribution, fields: Mapping[str, Term]) -> tuple[Piece, ...]:
    """The fields that a pointer leads to, into or around; none for the whole."""
    if pointer.split("/")[1:2] == ["title"]:
        title = contribution.title
        return (Piece(name="title", label=label_of("/title", fields), shown="prose", value=title),) if title else ()
    return tuple(
        piece
        for piece in (*contribution.texts, *contribution.facts)
        if pointer and (f"{pointer}/".startswith(f"{piece.pointer}/") or piece.pointer.startswith(f"{pointer}/"))
    )


def _other(then: tuple[Piece, ...], now: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The fields as submitted, those only that read otherwise now."""
    present = {piece.name: piece.value for piece in now}
    return tuple(piece for piece in then if present.get(piece.name) != piece.value)


def _address(view: Json, pointer: str) -> str:
    """Where the field can be changed."""
    place = place_of(pointer)
    return place.address(view["id"], view["content"].get("source_language")) if place else f"/share/{view['id']}/check"
