"""Pieces of text that are compressed once and joined to gzip files as often as wanted (RFC 1952, RFC 1951)."""

import struct
import zlib
from typing import Final, Self

_LEVEL: Final = 1  # the next ones cost several times the time and save a tenth
_RAW: Final = -zlib.MAX_WBITS  # without a header: pieces stand one after the other in one file
_HEAD: Final = bytes((0x1F, 0x8B, zlib.DEFLATED, 0, 0, 0, 0, 0, 4, 255))  # no name, no time; fast; of any system
_LAST: Final = b"\x03\x00"  # an empty block that is the last


class Packed:
    """A piece, compressed for itself: nothing in it looks back to what stands before. ``size`` is that of its text."""

    __slots__ = ("_sums", "deflated", "size")

    def __init__(self, deflated: bytes, size: int, sums: tuple[int, int]) -> None:
        self.deflated = deflated
        self.size = size
        self._sums = sums

    @classmethod
    def of(cls, text: bytes, *, sum_before: int = 0) -> Self:
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
        deflated = packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)
        return cls(deflated, len(text), (sum_before, zlib.crc32(text, sum_before)))

    def text(self) -> bytes:
        return zlib.decompressobj(_RAW).decompress(self.deflated)

    def sum_after(self, before: int) -> int:
        """Return the CRC-32 of everything up to the end of this piece, from that of what stands before.

        What stands before is mostly the same as the last time, so the text is seldom needed.
        """
        if self._sums[0] != before:
            self._sums = (before, zlib.crc32(self.text(), before))
        return self._sums[1]


class Gzip:
    """One gzip file, piece by piece."""

    def __init__(self) -> None:
        self._begun = False
        self._sum = self._size = 0

    def add(self, piece: bytes | Packed) -> bytes:
        """Return the bytes that stand for the next piece."""
        packed = piece if isinstance(piece, Packed) else Packed.of(piece, sum_before=self._sum)
        self._sum = packed.sum_after(self._sum)
        self._size += packed.size
        head = b"" if self._begun else _HEAD
        self._begun = True
        return head + packed.deflated

    def end(self) -> bytes:
        """Return the bytes that end the file."""
        return _LAST + struct.pack("<LL", self._sum, self._size & 0xFFFF_FFFF)
