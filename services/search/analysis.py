"""From text to the terms of the index, the same way for a practice and for a query.

Words follow Unicode: a combining mark belongs to its letter, so Hindi and decomposed Latin stay whole. Scripts that
put no space between words (Chinese, Japanese, Thai, ...) become overlapping pairs of characters. A language has its own
stemmer where the library has one; what a stemmer cannot join (compounds, missing accents, languages without one)
the character 4-grams do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from tantivy import Filter, Index, PreTokenizedString, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

# Raise it when the same text would give other terms: every index made before is then rebuilt.
ANALYSIS_VERSION: Final = 1

GRAM: Final = 4
LONGEST_WORD: Final = 60  # bytes; longer runs are addresses or noise
UNSTEMMED: Final = ""
# Names under which an index knows the analysers of fields without a language.
PLAIN: Final = "practice-exchange-plain"
GRAMS: Final = "practice-exchange-grams"

# Primary subtag of BCP 47 → the Snowball stemmer that tantivy holds.
STEMMERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ar": "arabic",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "es": "spanish",
        "fi": "finnish",
        "fr": "french",
        "hu": "hungarian",
        "it": "italian",
        "nb": "norwegian",
        "nl": "dutch",
        "nn": "norwegian",
        "no": "norwegian",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sv": "swedish",
        "ta": "tamil",
        "tr": "turkish",
    }
)

# People often leave the accents of these out, and their stemmers lose nothing measurable when accents go first.
_FOLDED_FIRST: Final = frozenset({"french", "italian", "portuguese", "spanish"})
# The library's lists of words that carry little meaning, by the name of the stemmer.
_STOP_LISTS: Final = frozenset(
    {
        "danish",
        "dutch",
        "english",
        "finnish",
        "french",
        "german",
        "hungarian",
        "italian",
        "norwegian",
        "portuguese",
        "russian",
        "spanish",
        "swedish",
    }
)

_WORD: Final = r"[\p{L}\p{M}\p{N}]+"
# Seen by nobody, but they would cut or change a word: soft hyphen, joiners, direction marks, byte order mark.
_INVISIBLE: Final = re.compile("[\u00ad\u200c-\u200f\u061c\u2060\ufeff]+")
_TURKISH: Final = str.maketrans({"I": "ı", "İ": "i"})
_DOTTED_I: Final = "i\u0307"  # what lower-casing makes of İ outside Turkish
# The library folds Latin accents only.
_GREEK_FOLD: Final = dict(zip("άέήίόύώϊϋΐΰΆΈΉΊΌΎΏΪΫς", "αεηιουωιυιυΑΕΗΙΟΥΩΙΥσ", strict=True))
_GREEK_ACCENTED: Final = re.compile(f"[{''.join(_GREEK_FOLD)}]")
# Thai, Lao, Myanmar, Khmer with their marks; kana; Han with its extensions.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af]+"
)


def primary(language: str) -> str:
    """Return the primary subtag of a BCP 47 tag, in lower case: ``pt`` of ``pt-BR``."""
    return language.replace("_", "-").partition("-")[0].lower()


def stemmer_of(language: str) -> str:
    """Name the stemmer of a language; the empty name where there is none. Two languages may share one."""
    return STEMMERS.get(primary(language), UNSTEMMED)


def is_unspaced(word: str) -> bool:
    """Whether a word holds characters of a script without spaces between words."""
    return _UNSPACED.search(word) is not None


def prepare(text: str, stemmer: str = UNSTEMMED) -> str:
    """Bring a text to the form that is analysed: NFKC, nothing invisible, unspaced scripts in pairs."""
    if stemmer == "turkish":
        text = text.translate(_TURKISH)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text.replace("İ", "i"))
    return _UNSPACED.sub(_pairs, _INVISIBLE.sub("", text).replace(_DOTTED_I, "i"))


def fold(prepared: str) -> str:
    """Take Greek accents and final sigma away, for the fields in which accents do not count."""
    return _GREEK_ACCENTED.sub(lambda found: _GREEK_FOLD[found.group()], prepared)


def side_by_side(words: Iterable[str]) -> str:
    """Write words as the analysers of plain words and of 4-grams take them."""
    return fold(f" {' '.join(words)} ")


def _pairs(run: re.Match[str]) -> str:
    """Write a run of an unspaced script as overlapping pairs of characters, marks kept on theirs."""
    clusters: list[str] = []
    for character in run.group():
        if clusters and unicodedata.category(character)[0] == "M":
            clusters[-1] += character
        else:
            clusters.append(character)
    if len(clusters) == 1:
        return f" {clusters[0]} "
    pairs = (first + second for first, second in pairwise(clusters))
    return f" {' '.join(pairs)} "


class Analysis:
    """The analysers. They keep no state between texts and may be used from several threads."""

    def __init__(self) -> None:
        names = {UNSTEMMED, *STEMMERS.values()}
        self._stemming: Mapping[str, TextAnalyzer] = {name: _stemming(name) for name in names}
        self._meaning: Mapping[str, TextAnalyzer] = {name: _sifting(name) for name in _STOP_LISTS}
        self._splitting = TextAnalyzerBuilder(Tokenizer.regex(_WORD)).build()
        self._grams = _cutting()

    def split(self, text: str) -> list[str]:
        """Return the words of a text in order, as they are written."""
        return self._splitting.analyze(prepare(text))

    def stems(self, text: str, stemmer: str) -> list[str]:
        """Return the stems of a text in order, by the name of a stemmer."""
        return self._stemming[stemmer].analyze(prepare(text, stemmer))

    def stems_of_word(self, word: str, stemmers: Iterable[str]) -> tuple[str, ...]:
        """Return every stem that a word has under these stemmers, without repetition, in a stable order."""
        return tuple(dict.fromkeys(stem for name in sorted(stemmers) for stem in self.stems(word, name)))

    def plain(self, text: str) -> list[str]:
        """Return the words of a text folded: lower case, no Latin or Greek accents."""
        return self._stemming[UNSTEMMED].analyze(fold(prepare(text)))

    def says_little(self, word: str, stemmers: frozenset[str]) -> bool:
        """Whether a word is an article, a preposition or the like in a language of one of these stemmers."""
        return any(not self._meaning[name].analyze(word) for name in stemmers & _STOP_LISTS)

    def grams(self, words: Iterable[str]) -> list[str]:
        """Return the 4-grams of words as they stand side by side, in order, repeated as they repeat."""
        return self._grams.analyze(side_by_side(words))

    def stem_tokens(self, text: str, stemmer: str) -> PreTokenizedString:
        """Return ``stems`` in the form that a document takes."""
        return self._stemming[stemmer].pre_tokenize(prepare(text, stemmer))

    def register(self, index: Index) -> None:
        """Let an index analyse the fields in which language does not count by itself, which is quicker."""
        index.register_tokenizer(PLAIN, self._stemming[UNSTEMMED])
        index.register_tokenizer(GRAMS, self._grams)


def _stemming(name: str) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.regex(_WORD)).filter(Filter.remove_long(LONGEST_WORD))
    builder = builder.filter(Filter.lowercase())
    if name in _FOLDED_FIRST:
        builder = builder.filter(Filter.ascii_fold())
    if name:
        builder = builder.filter(Filter.stemmer(name))
    return builder.filter(Filter.ascii_fold()).build()


def _sifting(name: str) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.regex(_WORD)).filter(Filter.lowercase())
    return builder.filter(Filter.stopword(name)).build()


def _cutting() -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.ngram(GRAM, GRAM))
    return builder.filter(Filter.lowercase()).filter(Filter.ascii_fold()).build()
