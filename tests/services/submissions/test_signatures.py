"""What a file is, is told by its content; what could harm is refused whatever it is called."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.submissions.domain.attachments import EXTENSIONS, safe_name
from services.submissions.domain.signatures import identify
from shared.errors import UnsupportedMedia
from tests.services.submissions import documents as made

OOXML = "application/vnd.openxmlformats-officedocument."
WORD, SHEET, SLIDES = (
    OOXML + kind for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
WITH_MACROS = b"<Types>application/vnd.ms-word.document.macroEnabled.main+xml</Types>"
LINKED_TEMPLATE = {"word___rels__settings_dot_xml_dot_rels": b'Type="attachedTemplate" TargetMode="External"'}
ODF_TEXT = b"application/vnd.oasis.opendocument.text"
OUTSIDE = {"../../etc/passwd": b"x", "[Content_Types].xml": b"", "word/document.xml": b""}


def ooxml(part: str, types: bytes = b"<Types/>") -> bytes:
    return made.archive({"[Content_Types].xml": types, part: b"<x/>"})


def what(content: bytes, name: str = "file") -> str:
    return identify(io.BytesIO(content), name)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (made.PDF, "application/pdf"),
        (made.PNG, "image/png"),
        (made.JPEG, "image/jpeg"),
        (made.GIF, "image/gif"),
        (made.WEBP, "image/webp"),
        (made.MP4, "video/mp4"),
        ("Grüße, καλημέρα\n".encode(), "text/plain"),
        (b"\xef\xbb\xbfwith a byte order mark", "text/plain"),
        (made.docx(), WORD),
        (ooxml("xl/workbook.xml"), SHEET),
        (ooxml("ppt/presentation.xml"), SLIDES),
        (made.odt(), "application/vnd.oasis.opendocument.text"),
        (made.odt(kind="spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet"),
        (made.odt(kind="presentation"), "application/vnd.oasis.opendocument.presentation"),
    ],
)  # fmt: skip
def test_type_is_told_by_content_whatever_the_name(content: bytes, media_type: str) -> None:
    assert what(content, "evil.exe") == media_type


def test_a_text_called_csv_is_a_table() -> None:
    assert what(b"a,b\n1,2\n", "Numbers.CSV") == "text/csv"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (made.EXE, "not taken"),
        (made.OLE, "save it as .docx"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "Web pages"),
        (b"  \n<svg xmlns='http://www.w3.org/2000/svg'/>", "Web pages"),
        (b"\xef\xbb\xbf<html>", "Web pages"),
        (b"#!/bin/sh\nrm -rf /\n", "scripts"),
        ("text".encode("utf-16"), "UTF-16"),
        (b"caf\xe9 in Latin-1", "not taken"),
        (b"cut in a char \xc3", "not taken"),
        (b"text with \x00 in it", "not taken"),
        (b"text with \x1b[31m escapes", "not taken"),
        (made.archive({"a.txt": b"hello"}), "Archives are not taken"),
        (made.docx(word__vbaProject_dot_bin=b"x"), "macros"),
        (made.docx(word__embeddings__Inner_dot_xlsm=b"x"), "macros"),
        (made.docx(word__activeX__activeX1_dot_xml=b"x"), "macros"),
        (ooxml("word/document.xml", WITH_MACROS), "macros"),
        (made.docx(**LINKED_TEMPLATE), "template"),
        (made.archive({"mimetype": ODF_TEXT, "Basic/Standard/Module1.xml": b"x"}), "macros"),
        (made.archive({"mimetype": b"application/epub+zip"}), "archive"),
        (made.archive(OUTSIDE), "outside"),
        (made.odt(manifest=b"<manifest:encryption-data/>"), "password"),
        (made.docx()[:-30], "damaged"),
        (b"PK\x03\x04" + b"\x00" * 60, "damaged"),
    ],
)  # fmt: skip
def test_what_could_harm_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnsupportedMedia, match=reason):
        what(content, "harmless.pdf")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = made.docx(word__media__zeros=b"\x00" * (30 * 1024 * 1024))
    assert len(bomb) < 100_000
    with pytest.raises(UnsupportedMedia, match="unpacks"):
        what(bomb)


def test_many_entries_are_refused() -> None:
    with pytest.raises(UnsupportedMedia, match="unpacks"):
        what(made.archive({f"n{number}": b"" for number in range(10_001)}, compression=zipfile.ZIP_STORED))


def test_a_lie_about_the_size_of_a_part_is_found() -> None:
    content = bytearray(made.docx(word__media__big=b"abc" * 10_000))
    place = content.rindex(b"word/media/big") - 46 + 24  # the uncompressed size in the central directory
    content[place : place + 4] = (10).to_bytes(4, "little")
    with pytest.raises(UnsupportedMedia, match="damaged"):
        what(bytes(content))


def test_an_encrypted_part_is_refused() -> None:
    content = bytearray(made.docx())
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = content.index(signature) + offset
        content[place] |= 1
    with pytest.raises(UnsupportedMedia, match="password"):
        what(bytes(content))


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"PK\x03\x04" + tail))
def test_anything_at_all_gets_a_type_or_a_reason(content: bytes) -> None:
    try:
        media_type = what(content)
    except UnsupportedMedia:
        return
    assert media_type in EXTENSIONS


@pytest.mark.parametrize(
    ("name", "media_type", "safe"),
    [
        ("plan.pdf", "application/pdf", "plan.pdf"),
        ("invoice.exe", "application/pdf", "invoice.exe.pdf"),
        ("PLAN.PDF", "application/pdf", "PLAN.pdf"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\ana\\Übersicht.docx", WORD, "Übersicht.docx"),
        ("re\u202egnp.exe", "application/pdf", "regnp.exe.pdf"),
        ("a\x00b\n.png", "image/png", "ab.png"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("...", "image/png", "file.png"),
        (".pdf", "application/pdf", "file.pdf"),
        ("\u0645\u0644\u0641.pdf", "application/pdf", "\u0645\u0644\u0641.pdf"),
    ],
)
def test_names_are_made_safe_and_end_as_the_content_says(name: str, media_type: str, safe: str) -> None:
    assert safe_name(name, media_type) == safe


@given(st.text(max_size=400))
def test_every_name_becomes_a_short_safe_one(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return  # the edge refuses lone surrogates
    safe = safe_name(name, "image/png")
    assert safe.endswith(".png")
    assert len(safe.encode()) <= 124
    assert not set(safe) & set('/\\<>:"|?*%;\x00\n')
    assert safe == safe_name(safe, "image/png")
