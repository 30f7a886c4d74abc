"""Text that is safe to keep and to show: types that refuse what breaks storage, logs or readers' eyes.

Use them inside ``Annotated``::

    Title = Annotated[str, Line(120)]

Every text is brought to Unicode normal form C and stripped. Refused are NUL and other control characters (``Prose``
keeps line breaks and tabs), lone surrogates, noncharacters, and the bidirectional embeddings, overrides and isolates
U+202A-202E and U+2066-2069, which make text read other than it is stored (CVE-2021-42574). The marks that right-to-left
languages need, U+200E, U+200F and U+061C, are kept. Errors are pydantic errors with a stable ``type``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from unicodedata import normalize
from urllib.parse import urlsplit

import langcodes
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_BIDI: Final = "\u202a-\u202e\u2066-\u2069"
_NONCHARACTERS: Final = "\ufdd0-\ufdef\ufffe\uffff"  # of the basic plane; the others end in two of them too
_REFUSED_IN_PROSE: Final = f"\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_NONCHARACTERS}"
_REFUSED_IN_LINE: Final = f"\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}{_NONCHARACTERS}"
# One pass finds whatever might be refused, ten times faster than a class that lists the planes' last characters.
_SUSPECT: Final = "\ud800-\udfff\U0001fffe-\U0010ffff"
_suspects_in_prose: Final = re.compile(f"[{_REFUSED_IN_PROSE}{_SUSPECT}]").finditer
_suspects_in_line: Final = re.compile(f"[{_REFUSED_IN_LINE}{_SUSPECT}]").finditer
_LINE_BREAKS: Final = re.compile("\r\n?|[\u2028\u2029]")

_FAR_TOO_LONG: Final = 4  # times the limit: not worth normalising, which at most makes three characters one
_MAX_URL: Final = 2000
_MAX_EMAIL: Final = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
_MAX_TAG: Final = 35  # RFC 5646, section 4.4.1
_NOT_A_LANGUAGE: Final = frozenset({"und", "zxx", "mul", "mis"})
_EMAIL: Final = re.compile(
    r"[^\s@<>()\[\],;:\\\"]{1,64}@(?:[^\s@.<>()\[\],;:\\\"/]{1,63}\.)+[^\s@.<>()\[\],;:\\\"/]{2,63}"
)
_URL_REFUSED: Final = re.compile(r'[\s<>"{}|\\^`]')


@dataclass(frozen=True, slots=True)
class Line:
    """Text on one line, 1 to ``max_length`` characters; with ``blank=True`` also none at all."""

    max_length: int
    blank: bool = False

    def __call__(self, text: str) -> str:
        """Return the text in the form it is kept; raise ``PydanticCustomError`` saying what to mend."""
        return _checked(text, self.max_length, suspects=_suspects_in_line, blank=self.blank)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _string(self)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _described(self.max_length, refused=_REFUSED_IN_LINE, blank=self.blank)


@dataclass(frozen=True, slots=True)
class Prose:
    r"""Text of several lines, 1 to ``max_length`` characters; line breaks of any kind are kept as ``\n``."""

    max_length: int
    blank: bool = False

    def __call__(self, text: str) -> str:
        """Return the text in the form it is kept; raise ``PydanticCustomError`` saying what to mend."""
        if len(text) <= _FAR_TOO_LONG * self.max_length:
            text = _LINE_BREAKS.sub("\n", text)
        return _checked(text, self.max_length, suspects=_suspects_in_prose, blank=self.blank)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _string(self)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _described(self.max_length, refused=_REFUSED_IN_PROSE, blank=self.blank)


class Url:
    """An http or https address (RFC 3986) with a host and without a user name or password, at most 2,000 characters."""

    def __call__(self, text: str) -> str:
        text = Line(_MAX_URL)(text)
        if _URL_REFUSED.search(text):
            raise PydanticCustomError(
                "url-characters", "An address has no spaces, quotes or brackets; write them percent-encoded"
            )
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host, parts = None, urlsplit("")
        if parts.scheme not in {"http", "https"} or not host:
            raise PydanticCustomError("url", "Write a whole web address that starts with https:// or http://")
        if parts.username is not None or parts.password is not None:
            raise PydanticCustomError(
                "url-credentials", "An address must not carry a user name or password; leave out what stands before @"
            )
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _string(self)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": _MAX_URL, "pattern": "^https?://"}


class Email:
    """An e-mail address of the usual form; quoted local parts and address literals of RFC 5321 are refused."""

    def __call__(self, text: str) -> str:
        text = Line(_MAX_EMAIL)(text)
        if not _EMAIL.fullmatch(text):
            raise PydanticCustomError("email", "Write one e-mail address, such as name@example.org")
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _string(self)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": _MAX_EMAIL}


class LanguageTag:
    """A BCP 47 (RFC 5646) language tag, kept in its canonical form: ``EN-gb`` becomes ``en-GB``, ``iw`` ``he``."""

    def __call__(self, text: str) -> str:
        tag = canonical_language(text)
        if tag is None:
            raise PydanticCustomError("language", "Write a language tag (BCP 47), such as en, pt-BR or sr-Latn")
        return tag

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _string(self)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "maxLength": _MAX_TAG,
            "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$",
            "examples": ["en", "pt-BR"],
        }


@lru_cache(maxsize=4096)
def canonical_language(tag: str) -> str | None:
    """Return the canonical BCP 47 form of ``tag``; None where it names no language."""
    if len(tag) > _MAX_TAG or not tag.isascii():
        return None
    try:
        if not langcodes.tag_is_valid(tag):
            return None
        canonical = langcodes.Language.get(tag).to_tag()
    except ValueError:
        return None
    return None if canonical.partition("-")[0] in _NOT_A_LANGUAGE else canonical


def _string(check: Callable[[str], str]) -> CoreSchema:
    return core_schema.no_info_after_validator_function(check, core_schema.str_schema(strict=True))


def _checked(text: str, max_length: int, *, suspects: Callable[[str], Iterator[re.Match[str]]], blank: bool) -> str:
    if len(text) <= _FAR_TOO_LONG * max_length:
        text = text if text.isascii() else normalize("NFC", text)
        if found := next((one for one in suspects(text) if _is_refused(ord(one.group()))), None):
            raise PydanticCustomError(
                "character",
                "Take out the character {name} at position {position}",
                {"name": f"U+{ord(found.group()):04X}", "position": found.start() + 1},
            )
        text = text.strip()
    if len(text) > max_length:
        raise PydanticCustomError(
            "too-long", "Shorten this to {max} characters; it has {length}", {"max": max_length, "length": len(text)}
        )
    if not text and not blank:
        raise PydanticCustomError("blank", "Write at least one character")
    return text


def _is_refused(suspect: int) -> bool:
    """Beyond the basic plane only the last two characters of a plane are refused."""
    return suspect <= 0xFFFF or suspect & 0xFFFE == 0xFFFE  # noqa: PLR2004


def _described(max_length: int, *, refused: str, blank: bool) -> dict[str, Any]:
    escaped = "".join(c if c == "-" else f"\\u{ord(c):04x}" for c in refused)
    schema: dict[str, Any] = {"type": "string", "maxLength": max_length, "pattern": f"^[^{escaped}]*$"}
    return schema if blank else schema | {"minLength": 1}
