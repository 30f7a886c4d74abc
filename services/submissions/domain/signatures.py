"""What a file is, told by its content and never by its name: a table of the few types we take.

Sources: PDF ISO 32000-2 7.5.2; PNG (W3C) 5.2; JPEG ITU-T T.81 B.1; GIF89a 17; WebP RIFF container; MP4 ISO 14496-12
4.3; ZIP APPNOTE 4.3 (OOXML ECMA-376-2, ODF 1.3 part 2). Text is UTF-8 without control characters.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from typing import IO

from services.submissions.domain.archives import office_type
from services.submissions.domain.attachments import EXTENSIONS
from shared.errors import UnsupportedMedia

HEAD = 4096
TEXT_BLOCK = 256 * 1024
MP4_BRANDS = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash"})
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = (
    b"<!doctype",
    b"<html",
    b"<svg",
    b"<?xml",
    b"<script",
    b"<head",
    b"<body",
    b"<iframe",
    b"#!",
    b"{\\rtf",
    b"mz",
)
# What a text may hold below U+0020: tab, line feed, form feed, carriage return.
ALLOWED_CONTROLS = frozenset("\t\n\f\r")

_BINARY: Mapping[str, Callable[[bytes], bool]] = {
    "application/pdf": lambda head: head.startswith(b"%PDF-"),
    "image/png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR",
    "image/jpeg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "image/gif": lambda head: head[:6] in (b"GIF87a", b"GIF89a"),
    "image/webp": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "video/mp4": lambda head: head[4:8] == b"ftyp" and head[8:12] in MP4_BRANDS,
}


def identify(file: IO[bytes], name: str) -> str:
    """Return the media type of a whole seekable file; raises UnsupportedMedia with the reason.

    The name is only asked whether a text is a table (``.csv``). Reads the whole file when it is text or an archive,
    so it belongs in a thread when the file is large.
    """
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise UnsupportedMedia("The file is empty.")
    for media_type, fits in _BINARY.items():
        if fits(head):
            return media_type
    if head.startswith(b"PK\x03\x04"):
        return office_type(file)
    if head.startswith(OLE):
        raise UnsupportedMedia("Old or password-protected office files are not taken: save it as .docx or .odt.")
    return _text_type(file, head, name)


def _text_type(file: IO[bytes], head: bytes, name: str) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnsupportedMedia("Text must be UTF-8; this file is UTF-16.")
    if head.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(MARKUP):
        raise UnsupportedMedia(f"Web pages, scripts and programs are not taken. {_taken()}")
    if not _is_text(file):
        raise UnsupportedMedia(f"This kind of file is not taken. {_taken()}")
    return "text/csv" if name.casefold().endswith(".csv") else "text/plain"


def _is_text(file: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while block := file.read(TEXT_BLOCK):
            if not _printable(decoder.decode(block)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _printable(text: str) -> bool:
    return all(character >= " " or character in ALLOWED_CONTROLS for character in set(text))


def _taken() -> str:
    endings = sorted(ending for endings in EXTENSIONS.values() for ending in endings)
    return "Taken are: " + ", ".join(endings) + "."
