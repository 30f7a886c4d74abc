"""Conflict of interest. It fails closed: what is not known counts as a conflict.

Organisations and unnamed-by-id authors are compared by *keys*: an id or a name with case, accents and punctuation
taken away, so that "Haute École X", "haute ecole x" and the id ``haute-ecole-x`` are one; so are "Łódź" and "lodz".
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# Letters of Europe's languages that are written without their stroke, dot or ligature where a keyboard has none, and
# that Unicode does not take apart. U+02BC is an apostrophe.
UNFOLDED: Final = {
    "æ": "ae", "ð": "d", "ø": "o", "þ": "th", "đ": "d", "ħ": "h", "ı": "i", "ł": "l", "œ": "oe", "ŧ": "t", "ʼ": " ",
}  # fmt: skip
_FOLDED: Final = str.maketrans(UNFOLDED)
# What nobody sees (Default_Ignorable_Code_Point of Unicode): two names that look the same are the same.
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class ConflictReason(StrEnum):
    AUTHOR = "author"
    SAME_ORGANISATION = "same_organisation"
    PARTNER_ORGANISATION = "partner_organisation"
    CO_AUTHOR = "co_author"
    DECLARED = "declared"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Those whom a case is about. ``authors`` are person ids; the rest are keys (see ``key``).

    ``author_names`` are the authors who are named but have no account that we know of; ``co_authors`` are ids of
    people who wrote something else with one of the authors within the time that counts.
    """

    authors: frozenset[str]
    author_names: frozenset[str] = frozenset()
    lead: frozenset[str]
    partners: frozenset[str] = frozenset()
    co_authors: frozenset[str] = frozenset()

    @property
    def organisations(self) -> frozenset[str]:
        return self.lead | self.partners


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who would review or decide, with what we know of them at this moment.

    ``organisations`` are keys of all they belong to, or belonged to within the time that counts.
    """

    person_id: str
    name: str = ""
    organisations: frozenset[str] = frozenset()

    @property
    def name_key(self) -> str:
        return key(self.name)


def key(text: str) -> str:
    """Return the text without case, accents, punctuation and what is not seen, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).casefold()
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    plain = _UNSEEN.sub("", plain.translate(_FOLDED))
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def keys(texts: Iterable[str | None]) -> frozenset[str]:
    return frozenset(k for text in texts if text and (k := key(text)))


def conflicts(person: Person, parties: Parties, declared: frozenset[str]) -> frozenset[ConflictReason]:
    """Return every reason that keeps this person from the case; empty means none is known and enough is known.

    ``declared`` are the ids of those who declared a conflict on this case themselves.
    """
    found = set()
    if not person.organisations or not parties.lead or not parties.authors:
        found.add(ConflictReason.UNKNOWN)
    if person.person_id in parties.authors or person.name_key in parties.author_names:
        found.add(ConflictReason.AUTHOR)
    if person.organisations & parties.lead:
        found.add(ConflictReason.SAME_ORGANISATION)
    if person.organisations & parties.partners:
        found.add(ConflictReason.PARTNER_ORGANISATION)
    if person.person_id in parties.co_authors - parties.authors:
        found.add(ConflictReason.CO_AUTHOR)
    if person.person_id in declared:
        found.add(ConflictReason.DECLARED)
    return frozenset(found)
