"""Word-level changes between two texts, in bounded time also for long and repetitive ones."""

import re
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import Final, Literal

Op = Literal["equal", "delete", "insert"]
Words = tuple[tuple[Op, str], ...]

_MOST_PIECES: Final = 250  # compared at once; SequenceMatcher's time may grow with the square
_UNSPACED: Final = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+\s*|\s+")
_SENTENCE: Final = re.compile(r"[^.!?…。！？\n]*[.!?…。！？\n]+\s*|[^.!?…。！？\n]+")


def word_changes(before: str, after: str) -> Words:
    """Return the steps that lead from ``before`` to ``after``; neighbouring steps of one kind are one step.

    Sentences are matched first and words within the sentences that differ; where far too much differs, the whole
    passage is given as replaced.
    """
    return tuple(_joined(_steps(before, after, (_SENTENCE.findall, _WORD.findall))))


def _steps(before: str, after: str, cuts: tuple[Callable[[str], list[str]], ...]) -> Iterator[tuple[Op, str]]:
    if not cuts or not before or not after:
        yield from _replaced(before, after)
        return
    cut, *finer = cuts
    a, b = cut(before), cut(after)
    start = _common(a, b)
    end = _common(a[start:][::-1], b[start:][::-1])
    yield "equal", "".join(a[:start])
    middle_a, middle_b = a[start : len(a) - end], b[start : len(b) - end]
    if max(len(middle_a), len(middle_b)) > _MOST_PIECES:
        yield from _steps("".join(middle_a), "".join(middle_b), ())
    else:
        for op, i, i_end, j, j_end in SequenceMatcher(a=middle_a, b=middle_b, autojunk=False).get_opcodes():
            if op == "equal":
                yield "equal", "".join(middle_a[i:i_end])
            else:
                yield from _steps("".join(middle_a[i:i_end]), "".join(middle_b[j:j_end]), tuple(finer))
    yield "equal", "".join(a[len(a) - end :])


def _replaced(before: str, after: str) -> Iterator[tuple[Op, str]]:
    yield "delete", before
    yield "insert", after


def _common(a: list[str], b: list[str]) -> int:
    """Return how many pieces both begin with."""
    pairs = zip(a, b, strict=False)
    return next((place for place, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))


def _joined(steps: Iterator[tuple[Op, str]]) -> Iterator[tuple[Op, str]]:
    """Give deletes before inserts between two equal passages, each as one step, and leave out empty ones."""
    gone, come, same = "", "", ""
    for op, text in steps:
        if op != "equal":
            if same:
                yield "equal", same
                same = ""
            gone, come = (gone + text, come) if op == "delete" else (gone, come + text)
        elif text:
            yield from _both(gone, come)
            gone, come, same = "", "", same + text
    if same:
        yield "equal", same
    yield from _both(gone, come)


def _both(gone: str, come: str) -> Iterator[tuple[Op, str]]:
    if gone:
        yield "delete", gone
    if come:
        yield "insert", come
