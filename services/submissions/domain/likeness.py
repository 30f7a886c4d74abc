"""How much two texts are alike: MinHash signatures over three-word shingles, cut into bands for an index.

Broder, "On the resemblance and containment of documents" (1997); one permutation hashing with rotation
densification, Li, Owen and Zhang (2012), Shrivastava and Li (2014). With 16 bands of 4 rows two texts that share
half of their shingles meet in a band in about two cases of three, those that share four fifths nearly always.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

BINS = 64
ROWS = 4
SHINGLE = 3
WORDS = 6_000
ALIKE = 0.5
_WORD = re.compile(r"\w+")
_PROSE = ("title", "summary", "context", "actions", "results", "failure", "causes", "change", "transferability")


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The signature of one contribution's text: 64 hashes of 32 bits; empty when it holds too little text."""

    signature: tuple[int, ...]

    @property
    def bands(self) -> tuple[str, ...]:
        """The keys under which texts that are much alike probably meet."""
        return tuple(
            f"{start // ROWS}:{struct.pack(f'<{ROWS}I', *self.signature[start : start + ROWS]).hex()}"
            for start in range(0, len(self.signature), ROWS)
        )

    def score(self, other: Likeness) -> float:
        """Estimate the share of shingles that both have, 0 to 1."""
        if not self.signature or not other.signature:
            return 0.0
        same = sum(a == b for a, b in zip(self.signature, other.signature, strict=True))
        return same / BINS


def likeness_of(content: Mapping[str, Any]) -> Likeness:
    """Sign the prose of a contribution, in all its languages. Some milliseconds for the longest texts."""
    bins: list[int | None] = [None] * BINS
    count = 0
    for shingle in _shingles(_words(content)):
        digest = blake2b(shingle.encode(), digest_size=8).digest()
        place, value = digest[0] % BINS, int.from_bytes(digest[4:], "little")
        present = bins[place]
        bins[place] = value if present is None else min(present, value)
        count += 1
    if count < SHINGLE:
        return Likeness(signature=())
    return Likeness(signature=tuple(_densified(bins)))


def _densified(bins: list[int | None]) -> Iterator[int]:
    """Fill each empty bin from the next one that is not, marking how far it came from."""
    for place in range(BINS):
        for step in range(BINS):
            value = bins[(place + step) % BINS]
            if value is not None:
                yield (value + step * 0x9E3779B1) & 0xFFFFFFFF
                break


def _words(content: Mapping[str, Any]) -> list[str]:
    words: list[str] = []
    for field in _PROSE:
        for _, variant in sorted((content.get(field) or {}).items()):
            text = unicodedata.normalize("NFKC", variant.get("text") or "").casefold()
            words += _WORD.findall(text)
            if len(words) >= WORDS:
                return words[:WORDS]
    return words


def _shingles(words: list[str]) -> Iterable[str]:
    return {" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
