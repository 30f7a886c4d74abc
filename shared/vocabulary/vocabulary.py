"""Code lists with labels, each one versioned data file in ``data/``, read once.

A file holds ``{"name", "title", "source", "version", "terms": [{"code", "labels": {lang: text}, "aliases"?: [text],
"broader"?: code, "descriptions"?: {lang: sentence}, "used_with"?: [code of another list]}]}``. Codes never change
their meaning; one that falls out of use stays, marked ``"retired": true``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

_DATA: Final = Path(__file__).parent / "data"
_FALLBACK: Final = "en"


class UnknownCode(ValueError):
    """A code that its vocabulary does not have; ``allowed`` lists those it has."""

    def __init__(self, vocabulary: str, code: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{code!r} is not a code of the vocabulary {vocabulary!r}")
        self.vocabulary = vocabulary
        self.code = code
        self.allowed = allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One code and what it is called; ``aliases`` are other names it goes by in exports and older lists.

    ``descriptions`` say in a sentence what it means. ``used_with`` are codes of another list that it goes with.
    """

    code: str
    labels: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    broader: str | None = None
    retired: bool = False
    descriptions: Mapping[str, str] = field(default_factory=dict)
    used_with: tuple[str, ...] = ()

    def label(self, language: str = _FALLBACK) -> str:
        """Return the label in ``language`` (a BCP 47 tag), else in its base language, else in English."""
        return _in_language(self.labels, language) or self.code

    def description(self, language: str = _FALLBACK) -> str | None:
        """Return what it means, in the language that ``label`` would choose; None where nothing is said."""
        return _in_language(self.descriptions, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """A closed list of codes. ``etag`` changes whenever anything in the file does."""

    name: str
    title: str
    source: str
    version: str
    etag: str
    terms: tuple[Term, ...]
    _by_code: Mapping[str, Term] = field(repr=False, compare=False)
    _by_name: Mapping[str, str] = field(repr=False, compare=False)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code, in the order of the list."""
        return tuple(self._by_code)

    @property
    def usable(self) -> tuple[str, ...]:
        """The codes that may be chosen anew: those that are not retired."""
        return tuple(term.code for term in self.terms if not term.retired)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which every term has a label."""
        first, *rest = (term.labels.keys() for term in self.terms)
        return tuple(language for language in first if all(language in labels for labels in rest))

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __getitem__(self, code: str) -> Term:
        return self._by_code[self.check(code)]

    def check(self, code: str) -> str:
        """Return ``code``; raise ``UnknownCode``, which names the codes allowed, where the list does not have it."""
        if code not in self._by_code:
            raise UnknownCode(self.name, code, self.usable)
        return code

    def label(self, code: str, language: str = _FALLBACK) -> str:
        """Return what ``code`` is called in ``language`` (see ``Term.label``); the code itself where it is unknown."""
        term = self._by_code.get(code)
        return term.label(language) if term else code

    def find(self, name: str) -> str | None:
        """Return the code whose code, alias or label in any language is ``name``, case and spacing apart."""
        return self._by_name.get(_key(name))

    def as_json(self, language: str | None = None) -> dict[str, Any]:
        """Return the list for a client: all labels, or one ``label`` per term where a language is given."""
        return {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            "version": self.version,
            "terms": [_term_json(term, language) for term in self.terms],
        }


class Vocabularies(Mapping[str, Vocabulary]):
    """Every code list of the record, by name."""

    def __init__(self, lists: Mapping[str, Vocabulary]) -> None:
        self._lists = MappingProxyType(dict(lists))

    @classmethod
    def load(cls) -> "Vocabularies":
        """Read every data file (each only once in a process)."""
        return cls({path.stem: vocabulary(path.stem) for path in sorted(_DATA.glob("*.json"))})

    def __getitem__(self, name: str) -> Vocabulary:
        return self._lists[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)


@cache
def vocabulary(name: str) -> Vocabulary:
    """Return the code list ``name``; raise ``KeyError`` where there is none. Pure: the data ship with the code."""
    path = _DATA / f"{name}.json"
    if "/" in name or not path.is_file():
        raise KeyError(name)
    raw = path.read_bytes()
    document = json.loads(raw)
    terms = tuple(_term(term) for term in document["terms"])
    by_code = {term.code: term for term in terms}
    return Vocabulary(
        name=document["name"],
        title=document["title"],
        source=document["source"],
        version=document["version"],
        etag=sha256(raw).hexdigest()[:16],
        terms=terms,
        _by_code=MappingProxyType(by_code),
        _by_name=MappingProxyType(_names(terms)),
    )


def _term(document: Mapping[str, Any]) -> Term:
    return Term(
        code=document["code"],
        labels=MappingProxyType(document["labels"]),
        aliases=tuple(document.get("aliases", ())),
        broader=document.get("broader"),
        retired=document.get("retired", False),
        descriptions=MappingProxyType(document.get("descriptions", {})),
        used_with=tuple(document.get("used_with", ())),
    )


def _in_language(texts: Mapping[str, str], language: str) -> str | None:
    return texts.get(language) or texts.get(language.partition("-")[0]) or texts.get(_FALLBACK)


def _term_json(term: Term, language: str | None) -> dict[str, Any]:
    document: dict[str, Any] = {"code": term.code}
    document |= {"labels": dict(term.labels)} if language is None else {"label": term.label(language)}
    if term.descriptions:
        everything = {"descriptions": dict(term.descriptions)}
        document |= everything if language is None else {"description": term.description(language)}
    if term.used_with:
        document["used_with"] = list(term.used_with)
    if term.broader:
        document["broader"] = term.broader
    if term.retired:
        document["retired"] = True
    return document


def _names(terms: tuple[Term, ...]) -> dict[str, str]:
    """Codes win over aliases, and those over labels; of two terms with one name the first keeps it."""
    names: dict[str, str] = {}
    for kind in (lambda t: (t.code,), lambda t: t.aliases, lambda t: t.labels.values()):
        for term in terms:
            for name in kind(term):
                names.setdefault(_key(name), term.code)
    return names


def _key(name: str) -> str:
    return " ".join(name.replace("–", "-").split()).casefold()
