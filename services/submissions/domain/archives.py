"""A look inside ZIP files: which office document it is, and whether it is safe to hand on.

Refused: anything that is not OOXML or ODF, macros, encryption, a document that fetches its template from elsewhere,
damaged archives, and archives that unpack to far more than they are (bombs).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from typing import IO

from shared.errors import UnsupportedMedia

ENTRIES = 10_000
UNPACKED_BYTES = 300 * 1024 * 1024
HARMLESS_BYTES = 20 * 1024 * 1024
RATIO = 100
PART_BYTES = 4 * 1024 * 1024

_OOXML = "application/vnd.openxmlformats-officedocument."
_OOXML_PARTS = {
    "word/document.xml": _OOXML + "wordprocessingml.document",
    "xl/workbook.xml": _OOXML + "spreadsheetml.sheet",
    "ppt/presentation.xml": _OOXML + "presentationml.presentation",
}
_ODF = "application/vnd.oasis.opendocument."
_ODF_TYPES = frozenset({_ODF + "text", _ODF + "spreadsheet", _ODF + "presentation"})
_MACRO_NAMES = re.compile(
    r"(^|/)(vbaproject\.bin|vbadata\.xml|macrosheets/.*|basic/.*|scripts/.*)$|\.(doc|dot|xls|xlt|ppt|pot|pps|xla)m$|"
    r"(^|/)activex/|\.(exe|dll|js|vbs|bat|cmd|ps1|jar|com|scr)$",
    re.IGNORECASE,
)

# What zipfile raises on damaged input: RuntimeError and NotImplementedError for methods that it does not know.
_UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def office_type(file: IO[bytes]) -> str:
    """Return the media type of the office document in this ZIP file; raises UnsupportedMedia with the reason.

    Every entry is unpacked once, bounded by what it declares, to find damage and lies about sizes.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _refuse_bomb(entries)
            _refuse_hidden(entries)
            media_type = _document_type(archive)
            if archive.testzip() is not None:
                raise UnsupportedMedia("The file is damaged: a part of it does not match its checksum.")
            return media_type
    except _UNREADABLE as error:
        raise UnsupportedMedia("The file is damaged, or is not an office document that can be read.") from error


def _refuse_bomb(entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    too_many = len(entries) > ENTRIES
    too_dense = unpacked > HARMLESS_BYTES and unpacked > RATIO * max(packed, 1)
    if too_many or unpacked > UNPACKED_BYTES or too_dense:
        raise UnsupportedMedia("The file unpacks to far more than a document needs.")


def _refuse_hidden(entries: Sequence[zipfile.ZipInfo]) -> None:
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise UnsupportedMedia("The file is protected by a password: save it without one.")
        if _MACRO_NAMES.search(entry.filename):
            raise UnsupportedMedia("The file holds macros or programs: save it without them.")
        if entry.filename.startswith("/") or ".." in entry.filename.split("/"):
            raise UnsupportedMedia("The file holds parts that point outside of it.")


def _document_type(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    if "[Content_Types].xml" in names:
        return _ooxml_type(archive, names)
    if "mimetype" in names:
        return _odf_type(archive, names)
    raise UnsupportedMedia("Archives are not taken, only office documents (.docx, .xlsx, .pptx, .odt, .ods, .odp).")


def _ooxml_type(archive: zipfile.ZipFile, names: set[str]) -> str:
    declared = _part(archive, "[Content_Types].xml").lower()
    if b"macroenabled" in declared or b"vbaproject" in declared:
        raise UnsupportedMedia("The file holds macros: save it without them.")
    settings = "word/_rels/settings.xml.rels"
    if settings in names and b"attachedTemplate" in (rels := _part(archive, settings)) and b"External" in rels:
        raise UnsupportedMedia("The document fetches its template from elsewhere: save it without a linked template.")
    for part, media_type in _OOXML_PARTS.items():
        if part in names:
            return media_type
    raise UnsupportedMedia("This kind of office document is not taken.")


def _odf_type(archive: zipfile.ZipFile, names: set[str]) -> str:
    media_type = _part(archive, "mimetype").decode("ascii", errors="replace").strip()
    if media_type not in _ODF_TYPES:
        raise UnsupportedMedia("This kind of archive is not taken.")
    manifest = "META-INF/manifest.xml"
    if manifest in names and b"encryption-data" in _part(archive, manifest):
        raise UnsupportedMedia("The file is protected by a password: save it without one.")
    return media_type


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(PART_BYTES)
