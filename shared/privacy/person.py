"""A person as data hold them, and the one rule by which they are found in a value and taken out of it. No I/O.

A person is known by their id everywhere, by their addresses, and by their names. The id becomes the pseudonym, so that
history stays consistent over all services; a name that stands beside the id goes whatever it is. An address or a name
that is a whole text is replaced; within a longer text so is an address, and a name of several words where it stands as
words of its own. A single word is no name there: it would be found in the texts of others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

NAME_REMOVED: Final = "Name removed"
ADDRESS_REMOVED: Final = "removed@invalid.example"  # still an address (RFC 2606), for who reads it as one
_LONGEST_CHARACTER: Final = 4  # bytes, in UTF-8
PERSON_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")


@dataclass(frozen=True)
class Person:
    """Who is to be found. ``pseudonym`` takes the place of ``person_id``."""

    person_id: str
    pseudonym: str
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = field(default=())

    @cached_property
    def _wholes(self) -> dict[str, str]:
        names = {name.casefold(): NAME_REMOVED for name in self.names if name}
        return names | {email.casefold(): ADDRESS_REMOVED for email in self.emails if email}

    @cached_property
    def _within(self) -> re.Pattern[str] | None:
        parts = [re.escape(email) for email in self.emails if email]
        parts += [rf"(?<!\w){re.escape(name)}(?!\w)" for name in self.names if len(name.split()) > 1]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None

    @cached_property
    def traces(self) -> tuple[bytes, ...]:
        """What any document that may name the person holds, in lower case, as it is and as JSON may escape it."""
        words = (self.person_id, *self.names, *self.emails)
        cases = {case for word in words if word for case in (word, word.lower(), word.upper())}
        return tuple({form.lower().encode() for case in cases for form in (case, json.dumps(case)[1:-1])})

    def may_be_in(self, raw: bytes) -> bool:
        """Whether bytes are worth a look: quick, and never wrong when it says no."""
        lowered = raw.decode("utf-8", "replace").lower().encode() if not raw.isascii() else raw.lower()
        return any(trace in lowered for trace in self.traces)

    def owns(self, document: Mapping[str, Any]) -> bool:
        """Whether a document is about the person and nobody else."""
        return self.person_id in (document.get("_id"), document.get("person_id"))

    def is_in(self, value: Any) -> bool:
        return bool(self.without(value) != value)

    def without(self, value: Any) -> Any:
        """Return the value without the person."""
        match value:
            case str():
                return self._text(value)
            case bytes():
                return self._bytes(value)
            case Mapping():
                found = {self.without(key): self.without(inner) for key, inner in value.items()}
                if "name" in found and self.person_id in value.values():
                    found["name"] = NAME_REMOVED  # whatever it was
                return found
            case list() | tuple():
                return [self.without(inner) for inner in value]
            case _:
                return value

    def _text(self, text: str) -> str:
        if whole := self._wholes.get(text.strip().casefold()):
            return whole
        text = text.replace(self.person_id, self.pseudonym)
        return self._within.sub(self._removed, text) if self._within else text

    def _removed(self, found: re.Match[str]) -> str:
        return self._wholes[found[0].casefold()]

    def _bytes(self, content: bytes) -> bytes:
        """Take the person out of JSON, as events and answers are kept, and out of other text, as a receiver of webhooks
        may answer; other content is a file and stays.
        """
        if not self.may_be_in(content) or (text := _text_of(content)) is None:
            return content
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self._text(text).encode(errors="surrogateescape")
        cleaned = self.without(value)
        if cleaned == value:
            return content
        return json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")).encode()


def _text_of(content: bytes) -> str | None:
    """Return what is text, the end of which may be cut off within a character; None for a file."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        cut = error.end == len(content) and len(content) - error.start < _LONGEST_CHARACTER
        return content.decode(errors="surrogateescape") if cut else None


def only_of(value: Any, person_id: str) -> Any:
    """Return a value in which all other people are nobody in particular; their ids are the only UUIDs of version 5."""
    match value:
        case str():
            return PERSON_ID.sub(lambda found: found[0] if found[0] == person_id else "another person", value)
        case bytes() if _text_of(value) is not None:  # as events and answers are kept
            return only_of(value.decode("utf-8", "replace"), person_id)
        case Mapping():
            return {only_of(key, person_id): only_of(inner, person_id) for key, inner in value.items()}
        case list() | tuple():
            return [only_of(inner, person_id) for inner in value]
        case _:
            return value
