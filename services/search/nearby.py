"""Words a typing error or two away: made from a word, or picked out of many.

Words are folded: lower case, without accents. An error is a letter more, less, other, or two neighbours swapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

_LONGEST: Final = 30  # letters; longer words are not taken apart
_ALPHABETS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "абвгдежзийклмнопрстуфхцчшщъыьэюяєіїґђјљњћџ",
)


def edits(word: str) -> set[str]:
    """Return every word one error away, as far as it takes letters of the word's alphabet."""
    if len(word) > _LONGEST:
        return set()
    letters = set(word).union(*(alphabet for alphabet in _ALPHABETS if not set(alphabet).isdisjoint(word)))
    return {*_edits(word, letters)} - {word}


def _edits(word: str, letters: Iterable[str]) -> Iterator[str]:
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in letters:
            yield before + letter + after
            yield before + letter + after[1:]


def starts(word: str) -> tuple[str, ...]:
    """Return the first two letters that a word meant may have: these, swapped, or with one of them too many."""
    pairs = (word[:2], word[1::-1], word[1:3], word[0] + word[2:3])
    return tuple(dict.fromkeys(pair for pair in pairs if len(pair) == len(word[:2])))


def within(word: str, errors: int) -> Callable[[str], bool]:
    """Return what tells whether another word is at most so many errors away.

    Of a word in three parts, an error or two leave one as it was, unless two pairs of swapped letters each straddle
    two parts; asking for that first spares comparing most words.
    """
    third = max(1, len(word) // 3)
    one, two, three = word[:third], word[third : 2 * third], word[2 * third :]
    shortest, longest = len(word) - errors, len(word) + errors

    def is_within(other: str) -> bool:
        if not shortest <= len(other) <= longest:
            return False
        return (one in other or two in other or three in other) and near(word, other, errors)

    return is_within


def near(word: str, other: str, errors: int) -> bool:
    """Whether two words are at most so many errors apart: a letter more, less, other, or two neighbours swapped."""
    if abs(len(word) - len(other)) > errors or len(set(word) ^ set(other)) > 2 * errors:
        return False
    far, width = errors + 1, len(other)
    before: list[int] = []
    row = [min(j, far) for j in range(width + 1)]
    for i, letter in enumerate(word, 1):
        following = [far] * (width + 1)  # further off the diagonal nothing is near enough
        following[0] = min(i, far)
        for j in range(max(1, i - errors), min(width, i + errors) + 1):
            wanted = other[j - 1]
            cost = row[j - 1] if letter == wanted else 1 + min(row[j - 1], row[j], following[j - 1])
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            following[j] = cost
        if min(following) > errors:
            return False
        before, row = row, following
    return row[-1] <= errors
