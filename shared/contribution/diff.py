"""What changed between two versions of a contribution, field by field and word by word, for people to read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from shared.contribution.content import Content
from shared.contribution.errors import pointer
from shared.contribution.readable import field_label, readable
from shared.contribution.words import Words, word_changes

_ABSENT: Final = None
_TEXT_KEYS: Final = {"text", "provenance"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that changed.

    ``pointer`` is into the later content, into the earlier one for what was taken out. ``before`` and ``after`` are
    texts to show, None where there was nothing. ``words`` are ``(op, text)`` with op ``equal``, ``delete`` or
    ``insert``, for texts only: without the inserts they give ``before``, without the deletes ``after``.
    """

    pointer: str
    label: str
    before: str | None
    after: str | None
    words: Words = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON, each word change as a list of two."""
        return asdict(self) | {"words": [list(step) for step in self.words]}


def diff(earlier: Content, later: Content, language: str = "en") -> list[Change]:
    """Return every change in the order of the record, labels and codes told in ``language``."""
    return list(_objects(earlier.as_json(), later.as_json(), (), language, tuple(Content.model_fields)))


def _objects(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    at: tuple[str | int, ...],
    language: str,
    order: Sequence[str] = (),
) -> Iterator[Change]:
    for name in dict.fromkeys((*order, *before, *after)):
        yield from _values(before.get(name), after.get(name), (*at, name), language)


def _values(before: Any, after: Any, at: tuple[str | int, ...], language: str) -> Iterator[Change]:
    if before == after or (not before and not after and before is not False and after is not False):
        return
    sample = after or before
    if isinstance(sample, dict) and sample.keys() <= _TEXT_KEYS:
        yield from _texts(before or {}, after or {}, at, language)
    elif isinstance(sample, dict):
        yield from _objects(before or {}, after or {}, at, language)
    elif isinstance(sample, list) and any(isinstance(item, dict) for item in sample):
        yield from _lists(before or [], after or [], at, language)
    else:
        yield from _change(before, after, at, language)


def _texts(
    before: Mapping[str, str], after: Mapping[str, str], at: tuple[str | int, ...], language: str
) -> Iterator[Change]:
    """A text in one language: its words, then how it came about where only that or that too changed."""
    if before.get("text") != after.get("text"):
        yield Change(
            pointer=pointer(*at, "text"),
            label=field_label(at, language),
            before=before.get("text"),
            after=after.get("text"),
            words=word_changes(before.get("text", ""), after.get("text", "")),
        )
    if before and after and before.get("provenance") != after.get("provenance"):
        yield from _change(before["provenance"], after["provenance"], (*at, "provenance"), language)


def _lists(before: list[Any], after: list[Any], at: tuple[str | int, ...], language: str) -> Iterator[Change]:
    """Lists of parts: what stayed is found again wherever it moved to, so that one new item is one change."""
    keys = [[repr(item) for item in items] for items in (before, after)]
    for op, i, i_end, j, j_end in SequenceMatcher(a=keys[0], b=keys[1], autojunk=False).get_opcodes():
        if op == "equal":
            continue
        paired = min(i_end - i, j_end - j)
        for step in range(paired):
            yield from _objects(before[i + step], after[j + step], (*at, j + step), language)
        for gone in range(i + paired, i_end):
            yield from _change(before[gone], _ABSENT, (*at, gone), language)
        for new in range(j + paired, j_end):
            yield from _change(_ABSENT, after[new], (*at, new), language)


def _change(before: Any, after: Any, at: tuple[str | int, ...], language: str) -> Iterator[Change]:
    """Say it unless a reader would see no difference, as with an empty item."""
    told = readable(before, at, language), readable(after, at, language)
    if told[0] != told[1]:
        yield Change(pointer=pointer(*at), label=field_label(at, language), before=told[0], after=told[1])
