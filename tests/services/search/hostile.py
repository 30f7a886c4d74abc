"""Queries that are made to cost: what a replica must answer in time, and with little memory more than it has anyway."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

Asked = tuple[str, dict[str, str | list[str]]]

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_FACETS: Final = ("kind", "sector", "theme", "country", "region", "language", "year", "evidence_level", "organisation")


def hostile(seed: int, words: list[str]) -> Iterator[Asked]:
    """Return paths with their parameters, made of words that practices have and of such as they do not have."""
    rng = random.Random(seed)

    def mistyped(word: str) -> str:
        at = rng.randrange(len(word))
        return word[:at] + rng.choice(_LETTERS) + word[at + 1 :]

    def noise(many: int) -> str:
        return " ".join("".join(rng.choices(_LETTERS, k=9)) for _ in range(many))

    every = " ".join(words)
    yield "/search", {"q": every[:1990]}
    yield "/search", {"q": every[:1990], "limit": "100", "page": "100"}
    yield "/search", {"q": " ".join(map(mistyped, words))[:1990]}
    yield "/search", {"q": noise(190)}
    yield "/search", {"q": " ".join(_LETTERS) + " " + " ".join(f"{letter}*" for letter in _LETTERS)}
    yield "/search", {"q": " ".join(f"*{word}* .* [a-z]* {word}~2" for word in words[:40])[:1990]}
    yield "/search", {"q": " ".join(f'"{one} {other}"' for one, other in pairwise(words))[:1990]}
    yield "/search", {"q": "mobility " + " ".join(f"-{word}" for word in words)[:1900]}
    yield "/search", {"q": '"' * 1990}
    yield "/search", {"q": words[0] + "".join(rng.choices(_LETTERS, k=1900))}
    yield "/search", {"q": "\u0301" * 1000 + "a" + "\u202e" * 500}
    yield "/search", {"q": "漢字仮名交じり文" * 240}
    yield "/search", {"q": " ".join(rng.choices(words, k=5)), "limit": "100", "page": "100", "sort": "newest"}
    yield "/search", {"q": "", "limit": "100", "page": "100"}
    yield "/search", {"q": "", **{facet: [f"no-{n}" for n in range(100)] for facet in _FACETS}}
    yield "/search", {"q": words[0], "year": [str(year) for year in range(1990, 2090)]}
    yield "/suggest", {"q": rng.choice(_LETTERS), "limit": "50"}
    yield "/suggest", {"q": " ".join(_LETTERS)}
    yield "/suggest", {"q": noise(150)[:1990]}
    yield "/search", {"q": "a" * 20_000}
    yield "/search", {"q": " ".join(["a"] * 10_000)}
    yield "/search", {"cursor": "A" * 4000}
