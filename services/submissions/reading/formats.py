"""The text of a file by its media type, in the order in which it is written, no longer than wanted.

PDF by pypdf. OOXML (ECMA-376-1) and ODF (1.3 part 3) are XML in a ZIP file: text runs are ``t`` within paragraphs in
one, all that paragraphs and headings hold in the other. UTF-8 text is itself.
"""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, Final

from lxml import etree
from pypdf import PdfReader

from services.submissions.reading.media_types import ODF, OOXML, PDF, TEXTS

# The parts of an office document that hold its text, by media type.
_PARTS: Final[Mapping[str, re.Pattern[str]]] = {
    f"{OOXML}wordprocessingml.document": re.compile(r"word/(?:document|footnotes|endnotes)\.xml"),
    f"{OOXML}presentationml.presentation": re.compile(r"ppt/slides/slide\d+\.xml"),
    f"{OOXML}spreadsheetml.sheet": re.compile(r"xl/sharedStrings\.xml"),
    f"{ODF}text": re.compile(r"content\.xml"),
    f"{ODF}presentation": re.compile(r"content\.xml"),
    f"{ODF}spreadsheet": re.compile(r"content\.xml"),
}
_RUNS: Final = frozenset({"t"})
_PARAGRAPHS: Final = frozenset({"p", "h"})
_ENDS: Final = frozenset({"p", "h", "si"})  # elements after which a line ends
_GAPS: Final = frozenset({"br", "cr", "tab", "line-break", "s"})  # elements that are seen as white space
_PIECE: Final = 64 * 1024
_NUMBER: Final = re.compile(r"\d+")


def text_of(content: bytes, media_type: str, *, most: int) -> str:
    """Return the first ``most`` characters of what a file says. Raises whatever the libraries do on a damaged one."""
    pieces: list[str] = []
    length = 0
    for piece in _reader(media_type)(content):
        pieces.append(piece)
        length += len(piece)
        if length >= most:
            break
    return "".join(pieces)[:most]


def _reader(media_type: str) -> Callable[[bytes], Iterator[str]]:
    if media_type in TEXTS:
        return _plain
    if media_type == PDF:
        return _pdf
    parts = _PARTS[media_type]
    kept = _RUNS if media_type.startswith(OOXML) else _PARAGRAPHS
    return lambda content: _office(content, parts, kept)


def _plain(content: bytes) -> Iterator[str]:
    yield content.decode("utf-8-sig", errors="replace")


def _pdf(content: bytes) -> Iterator[str]:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is nobody's to mend here
    for page in PdfReader(io.BytesIO(content)).pages:
        yield f"{page.extract_text()}\n"


def _office(content: bytes, parts: re.Pattern[str], kept: frozenset[str]) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in sorted(filter(parts.fullmatch, archive.namelist()), key=_in_order):
            with archive.open(name) as part:
                yield from _xml(part, kept)


def _in_order(name: str) -> tuple[int, str]:
    """Put slide 10 after slide 9."""
    found = _NUMBER.search(name)
    return int(found.group()) if found else 0, name


def _xml(part: IO[bytes], kept: frozenset[str]) -> Iterator[str]:
    """Read XML as it comes, without resolving entities or asking the network."""
    target = _Target(kept)
    told: Any = target  # the stubs ask for bytes too, which only Python 2 gave
    parser = etree.XMLParser(target=told, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    while piece := part.read(_PIECE):
        parser.feed(piece)
        yield target.taken()


class _Target:
    """Told of elements and characters by the parser; keeps what stands within elements of some names."""

    def __init__(self, kept: frozenset[str]) -> None:
        self._kept = kept
        self._within = 0
        self._pieces: list[str] = []

    def taken(self) -> str:
        """Return what came since the last time."""
        text = "".join(self._pieces)
        self._pieces.clear()
        return text

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        name = _local(tag)
        self._within += name in self._kept
        if name in _GAPS:
            self._pieces.append(" ")

    def data(self, characters: str) -> None:
        if self._within:
            self._pieces.append(characters)

    def end(self, tag: str) -> None:
        name = _local(tag)
        self._within -= name in self._kept
        if name in _ENDS:
            self._pieces.append("\n")

    def close(self) -> None:
        """Nothing is left to do."""


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
