import json
import re
from typing import Annotated
from unicodedata import is_normalized

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.text import Email, LanguageTag, Line, Prose, Url, canonical_language
from tests.contents import safe_text

LINE = TypeAdapter[str](Annotated[str, Line(60)])
PROSE = TypeAdapter[str](Annotated[str, Prose(60)])
URL = TypeAdapter[str](Annotated[str, Url()])
EMAIL = TypeAdapter[str](Annotated[str, Email()])
LANGUAGE = TypeAdapter[str](Annotated[str, LanguageTag()])

NONCHARACTERS = [chr(0xFDD0), chr(0xFDEF), chr(0xFFFE), chr(0xFFFF), chr(0x1FFFE), chr(0x10FFFF)]
BIDI_CONTROLS = [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]
CONTROLS = [chr(c) for c in (*range(0x20), *range(0x7F, 0xA0)) if chr(c) not in "\n\t\r"]


def code_of(adapter: TypeAdapter[str], value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(value)
    (error,) = refused.value.errors()
    return error["type"]


@pytest.mark.parametrize("character", [*NONCHARACTERS, *BIDI_CONTROLS, *CONTROLS, chr(0xD800), chr(0xDFFF)], ids=ascii)
@pytest.mark.parametrize("adapter", [LINE, PROSE], ids=["line", "prose"])
def test_dangerous_characters_are_refused_wherever_they_stand(adapter: TypeAdapter[str], character: str) -> None:
    for text in (f"{character}a", f"a{character}b", f"a{character}"):
        assert code_of(adapter, text) == "character"


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u061c", "\u200c", "\u200d"], ids=ascii)
def test_marks_that_languages_need_are_kept(mark: str) -> None:
    assert LINE.validate_python(f"a{mark}b") == f"a{mark}b"


@pytest.mark.parametrize("character", ["😀", "\U00020000", "\U0002fffd", "\ue000"], ids=ascii)
def test_characters_of_every_plane_are_kept(character: str) -> None:
    assert LINE.validate_python(f"a{character}b") == f"a{character}b"
    assert code_of(LINE, f"{character}\U0002ffff") == "character"


def test_the_error_names_the_character_and_its_place() -> None:
    with pytest.raises(ValidationError, match=r"U\+202E at position 3"):
        PROSE.validate_python("ab\u202ec")


@pytest.mark.parametrize("text", ["one\ntwo", "one\ttwo", "one\rtwo", "one\u2028two", "one\u2029two"], ids=ascii)
def test_a_line_is_one_line(text: str) -> None:
    assert code_of(LINE, text) == "character"


def test_prose_keeps_tabs_and_writes_every_line_break_alike() -> None:
    assert PROSE.validate_python("a\r\nb\rc\u2028d\u2029e\tf") == "a\nb\nc\nd\ne\tf"


@given(safe_text(60))
def test_what_is_accepted_is_in_normal_form_stripped_and_stays_as_it_is(text: str) -> None:
    try:
        kept = LINE.validate_python(text)
    except ValidationError:  # normal form C of a few characters is longer
        assert len(text) > 20
        return
    assert is_normalized("NFC", kept)
    assert kept == kept.strip()
    assert LINE.validate_python(kept) == kept == PROSE.validate_python(kept)
    kept.encode()


@given(st.text())
def test_whatever_is_typed_is_kept_safely_or_refused(text: str) -> None:
    try:
        kept = PROSE.validate_python(text)
    except ValidationError:
        assert code_of(PROSE, text) in {"character", "too-long", "blank", "string_unicode"}
    else:
        assert json.loads(json.dumps(kept).encode()) == kept
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", kept)


def test_length_counts_after_normal_form_and_stripping() -> None:
    assert LINE.validate_python("  " + "e\u0301" * 60 + " ") == "é" * 60
    assert code_of(LINE, "é" * 61) == "too-long"
    assert code_of(LINE, "x" * 10_000_000) == "too-long"


def test_nothing_is_only_something_where_blank_is_allowed() -> None:
    assert code_of(LINE, " \u00a0 ") == "blank"
    assert TypeAdapter(Annotated[str, Line(60, blank=True)]).validate_python("  ") == ""


@pytest.mark.parametrize("value", [None, 1, b"bytes", ["list"]])
def test_only_text_is_text(value: object) -> None:
    assert code_of(PROSE, value) == "string_type"


def test_the_json_schema_says_the_same() -> None:
    schema = LINE.json_schema()
    assert (schema["minLength"], schema["maxLength"]) == (1, 60)
    pattern = re.compile(schema["pattern"])
    assert pattern.search("Grüße, Ελλάδα!\u200f")
    assert not pattern.search("a\nb")
    assert not pattern.search("a\u202eb")
    assert re.compile(PROSE.json_schema()["pattern"]).search("a\nb\tc")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://example.org:8080/a%20b?c=d#e",
        "https://δοκιμή.example/Ελλάδα",
        "HTTPS://EXAMPLE.ORG/",
        "https://[2001:db8::1]/",
    ],
)
def test_web_addresses_are_accepted(url: str) -> None:
    assert URL.validate_python(url) == url


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("javascript:alert(1)", "url"),
        ("ftp://example.org/file", "url"),
        ("www.example.org", "url"),
        ("//example.org", "url"),
        ("https://", "url"),
        ("https://example.org:port/", "url"),
        ("https://[::1/", "url"),
        ("https://user@example.org/", "url-credentials"),
        ("https://user:secret@example.org/", "url-credentials"),
        ("https://example.org/a b", "url-characters"),
        ('https://example.org/"><script>', "url-characters"),
        ("https://example.org\\@evil.example/", "url-characters"),
        ("https://example.org/" + "a" * 2000, "too-long"),
    ],
)
def test_other_addresses_are_refused(url: str, code: str) -> None:
    assert code_of(URL, url) == code


@pytest.mark.parametrize("address", ["a@example.org", "first.last+tag@sub.example.org", "δοκιμή@παράδειγμα.ελ"])
def test_mail_addresses_are_accepted(address: str) -> None:
    assert EMAIL.validate_python(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    ["a", "a@", "@example.org", "a@b", "a b@example.org", "a@example..org", "a@b@example.org", "<a@example.org>"],
)
def test_other_mail_addresses_are_refused(address: str) -> None:
    assert code_of(EMAIL, address) == "email"


@pytest.mark.parametrize(
    ("tag", "canonical"),
    [
        ("EN", "en"),
        ("en-gb", "en-GB"),
        ("sr_latn", "sr-Latn"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("iw", "he"),
        ("eng", "en"),
    ],
)
def test_language_tags_take_their_canonical_form(tag: str, canonical: str) -> None:
    assert LANGUAGE.validate_python(tag) == canonical == LANGUAGE.validate_python(canonical)


@pytest.mark.parametrize(
    "tag", ["", "english", "xx", "und", "mul", "en--gb", "e", "é", "en\n", "en-GB-" + "x" * 40, "\ud800"]
)
def test_what_names_no_language_is_refused(tag: str) -> None:
    assert code_of(LANGUAGE, tag) == "language"


@given(st.text(max_size=40))
def test_any_tag_is_answered(tag: str) -> None:
    canonical = canonical_language(tag)
    assert canonical is None or canonical_language(canonical) == canonical
