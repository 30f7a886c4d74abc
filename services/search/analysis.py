"""From text to the terms of the index, the same way for a practice and for a query.

Words follow Unicode: a combining mark belongs to its letter, so Hindi and decomposed Latin stay whole. Scripts that
put no space between words (Chinese, Japanese, Thai, ...) become overlapping pairs of characters. A language has its own
stemmer where there is one; what a stemmer cannot join (compounds, missing accents, languages without one) the character
4-grams do. What a word becomes is worked out once and kept, so a text costs little more than taking it apart.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Final

from tantivy import Filter, Index, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from services.search.language import detector
from services.search.stemming import STEMMERS, UNSTEMMED, stemmer
from services.search.synonyms import load

# Raise it when the same text would give other terms: every index made before is then rebuilt.
ANALYSIS_VERSION: Final = 2

GRAM: Final = 4
LONGEST_WORD: Final = 60  # letters; longer runs are addresses or noise
# Names under which an index knows how to read what is written for it: terms by spaces, 4-grams of what is folded.
SPACED: Final = "practice-exchange-spaced"
GRAMS: Final = "practice-exchange-grams"

_KEPT: Final = 20_000  # words of each language whose stem is kept
_KEPT_FOLDED: Final = 100_000  # and of all languages together, folded

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
_SURE: Final = 0.5  # from where a language is believed


def _marks() -> str:
    """Write the characters of category M as the inside of a class."""
    marks = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"]
    first = [code for code, before in zip(marks, [-2, *marks], strict=False) if code != before + 1]
    last = [code for code, after in zip(marks, [*marks[1:], -2], strict=True) if code != after - 1]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(first, last, strict=True))


_MARKS: Final = _marks()
# Python's \\w leaves out combining marks and takes in the underscore.
_WORD: Final = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*")
_ASCII_WORD: Final = re.compile(r"[a-zA-Z0-9]+")
_PLAIN_WORD: Final = re.compile(r"[^\W_]+")
# Seen by nobody, but they would cut or change a word: soft hyphen, joiners, direction marks, byte order mark.
_INVISIBLE: Final = re.compile("[\u00ad\u200c-\u200f\u061c\u2060\ufeff]+")
_TURKISH: Final = str.maketrans({"I": "ı", "İ": "i"})
_DOTTED_I: Final = "i\u0307"  # what lower-casing makes of İ outside Turkish
# The library folds Latin accents only.
_GREEK_FOLD: Final = str.maketrans("άέήίόύώϊϋΐΰς", "αεηιουωιυιυσ")
# Thai, Lao, Myanmar, Khmer with their marks; kana; Han with its extensions.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af]+"
)
# All that is invisible, unspaced or a mark, and more: what has none of these is quicker to take apart.
_MAY_NEED_CARE: Final = re.compile("[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u1dff\u200c-\u200f\u2028-\U0010ffff]")


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
    if not _MAY_NEED_CARE.search(text):
        return text
    return _UNSPACED.sub(_pairs, _INVISIBLE.sub("", text).replace(_DOTTED_I, "i"))


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


class _Kept(dict[str, str]):
    """What words become, worked out at first sight. When there are too many, all are forgotten."""

    def __init__(self, become: Callable[[str], str], most: int) -> None:
        super().__init__()
        self._become = become
        self._most = most

    def __missing__(self, word: str) -> str:
        if len(self) >= self._most:
            self.clear()
        term = self[word] = self._become(word)
        return term


class Analysis:
    """The analysers. They may be used from several threads."""

    def __init__(self) -> None:
        self._folding = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.ascii_fold()).build()
        self._meaning: Mapping[str, TextAnalyzer] = {name: _sifting(name) for name in _STOP_LISTS}
        names = {UNSTEMMED, *STEMMERS.values()}
        self._stems: Mapping[str, _Kept] = {name: _Kept(self._stemming(name), _KEPT) for name in names}
        self._folded = _Kept(self._fold, _KEPT_FOLDED)
        self._detect = detector()
        self.synonyms = load(lambda text, language: self.stems(text, stemmer_of(language)))

    def split(self, text: str) -> list[str]:
        """Return the words of a text in order, as they are written."""
        return _words(prepare(text))

    def stems(self, text: str, stemmer: str) -> list[str]:
        """Return the stems of a text in order, by the name of a stemmer."""
        return self.stems_of_words(words_of(text, stemmer), stemmer)

    def stems_of_words(self, words: Iterable[str], stemmer: str) -> list[str]:
        """Return the stems of words as ``words_of`` gives them."""
        return list(filter(None, map(self._stems[stemmer].__getitem__, words)))

    def stems_of_word(self, word: str, stemmers: Iterable[str]) -> tuple[str, ...]:
        """Return every stem that a word has under these stemmers, without repetition, in a stable order."""
        return tuple(dict.fromkeys(stem for name in sorted(stemmers) for stem in self.stems(word, name)))

    def plain(self, text: str) -> list[str]:
        """Return the words of a text folded: lower case, no Latin or Greek accents."""
        return self.plain_of_words(words_of(text))

    def plain_of_words(self, words: Iterable[str]) -> list[str]:
        """Return words as ``words_of`` gives them, folded."""
        return list(filter(None, map(self._folded.__getitem__, words)))

    def says_little(self, word: str, stemmers: frozenset[str]) -> bool:
        """Whether a word is an article, a preposition or the like in a language of one of these stemmers."""
        return any(not self._meaning[name].analyze(word) for name in stemmers & _STOP_LISTS)

    def grams(self, words: Iterable[str]) -> list[str]:
        """Return the 4-grams of words as they stand side by side, in order, repeated as they repeat."""
        line = side_by_side(self.plain(" ".join(words)))
        return [line[at : at + GRAM] for at in range(len(line) - GRAM + 1)] if line.strip() else []

    def language_of(self, text: str) -> str:
        """Return the language that a text seems to be in (BCP 47); the empty text where that is anybody's guess."""
        language, sure = self._detect(text)
        return language if sure >= _SURE else ""

    def register(self, index: Index) -> None:
        """Let an index read the terms and 4-grams that are written for it."""
        index.register_tokenizer(SPACED, TextAnalyzerBuilder(Tokenizer.whitespace()).build())
        index.register_tokenizer(GRAMS, TextAnalyzerBuilder(Tokenizer.ngram(GRAM, GRAM)).build())

    def _fold(self, word: str) -> str:
        if len(word) > LONGEST_WORD:
            return ""
        plain = word if word.isascii() else self._folding.analyze(word.translate(_GREEK_FOLD))[0]
        return _one_word(plain)

    def _stemming(self, name: str) -> Callable[[str], str]:
        stem_of, folded_first = stemmer(name), name in _FOLDED_FIRST

        def stem(word: str) -> str:
            if len(word) > LONGEST_WORD:
                return ""
            if word.isascii():
                return stem_of(word)
            stem = stem_of(self._folding.analyze(word)[0] if folded_first else word)
            return _one_word(stem if stem.isascii() else self._folding.analyze(stem)[0])

        return stem


def words_of(text: str, stemmer: str = UNSTEMMED) -> list[str]:
    """Return the words of a text in order, in lower case, as the stemmer of its language takes them."""
    return _words(prepare(text, stemmer).lower().replace(_DOTTED_I, "i"))


def side_by_side(words: Iterable[str]) -> str:
    """Write terms as the index reads them."""
    return f" {' '.join(words)} "


def _words(prepared: str) -> list[str]:
    if prepared.isascii():
        return _ASCII_WORD.findall(prepared)
    return (_WORD if _MAY_NEED_CARE.search(prepared) else _PLAIN_WORD).findall(prepared)


def _one_word(term: str) -> str:
    """Keep a term that folding has made into several from being read as such."""
    return "".join(term.split())


def _sifting(name: str) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.lowercase())
    return builder.filter(Filter.stopword(name)).build()
