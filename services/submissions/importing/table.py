"""From bytes to rows: finds out at once whether a file is an export at all, whole and in UTF-8.

The file is read twice, first to check it from end to end, then to hand out its rows, so nothing is imported from a
file that turns out to be cut off.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path

from services.submissions.importing.columns import Columns, columns_of

DELIMITERS = (",", ";", "\t")
HEAD_BYTES = 4096
_ZIP = b"PK\x03\x04"  # what spreadsheets of today begin with too
NUL_SHARE = 8  # one byte in eight: plain text in UTF-16 has about one in two


class Unreadable(Exception):
    """The file as a whole cannot be imported; the message is one line for the person who tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The cells of one row and the line of the file that it starts on, counted from 1."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be imported, and why; ``key`` and ``title`` are its project's, as far as they could be read."""

    line: int
    reason: str
    key: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that was found to be a whole export. ``rows`` is how many it has, bad ones too."""

    path: Path
    columns: Columns
    delimiter: str
    rows: int
    ends_in_a_line: bool

    def read(self) -> Iterator[Row | BadRow]:
        """Yield the rows in their order; empty lines are passed over."""
        for number, found in enumerate(_parsed(self.path, self.delimiter), 1):
            if isinstance(found, Row) and len(found.cells) != self.columns.width:
                yield BadRow(line=found.line, reason=self._odd_width(found, last=number == self.rows))
            else:
                yield found

    def _odd_width(self, row: Row, *, last: bool) -> str:
        reason = f"has {len(row.cells)} columns where the header has {self.columns.width}"
        cut_off = last and not self.ends_in_a_line and len(row.cells) < self.columns.width
        return f"{reason}: the file is cut off here" if cut_off else reason


def open_export(path: Path) -> Export:
    """Check the file from end to end; raises Unreadable with the reason in one line."""
    _check_encoding(path)
    for delimiter in DELIMITERS:
        rows = _parsed(path, delimiter, header=True)
        header = next(rows, None)
        columns = columns_of(header.cells) if isinstance(header, Row) else None
        if columns:
            number = sum(1 for _ in rows)
            if not number:
                raise Unreadable(f"{path.name} holds the names of the columns and no projects.")
            return Export(
                path=path, columns=columns, delimiter=delimiter, rows=number, ends_in_a_line=_ends_in_a_line(path)
            )
    raise Unreadable(
        f"{path.name} is not an export of the Erasmus+ results platform: its first line lacks the columns"
        " Project Identifier and Project Title."
    )


def _parsed(path: Path, delimiter: str, *, header: bool = False) -> Iterator[Row | BadRow]:
    """Yield each row with the line it starts on; ``header`` includes the first. Raises Unreadable when cut off."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        first = True
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end of data" in str(error) or "field larger" in str(error):
                    raise Unreadable(
                        f"{path.name} is cut off: the quoted field that begins in the row at line {line}"
                        " does not end. Download it again."
                    ) from error
                yield BadRow(line=line, reason=f"is not valid CSV: {error}")
                continue
            if cells and (header or not first):
                yield Row(line=line, cells=cells)
            first = first and not cells


def _check_encoding(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from error
    if not head.strip():
        raise Unreadable(f"{path.name} is empty.")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _is_wide(head):
        raise Unreadable(f"{path.name} is in UTF-16; save it as CSV in UTF-8.")
    if head.startswith(_ZIP):
        raise Unreadable(f"{path.name} is a spreadsheet or an archive; save it as CSV in UTF-8.")
    if head.count(0) * NUL_SHARE > len(head):
        raise Unreadable(f"{path.name} is no text; save the export as CSV in UTF-8.")
    _check_utf8(path)


def _is_wide(head: bytes) -> bool:
    """Tell text in UTF-16 by its zeros: of two neighbours nearly always the same one."""
    zeros = sorted((head[::2].count(0), head[1::2].count(0)))
    return zeros[1] * NUL_SHARE > len(head) and zeros[0] * NUL_SHARE < zeros[1]


def _check_utf8(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        for piece in file:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                raise Unreadable(
                    f"{path.name} is not in UTF-8 (line {line} looks like Latin-1 or Windows-1252); save it as UTF-8."
                ) from error
            line += 1
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is cut off: it ends in the middle of a character. Download it again.") from error


def _ends_in_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, SEEK_END)
        return file.read(1) in b"\r\n"
