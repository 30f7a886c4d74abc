"""Files beside a contribution: what is known of one, how many and how large they may be, what they may be called."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath

from shared.errors import FieldError, Invalid, TooLarge

MEBIBYTE = 1024 * 1024
NAME_LENGTH = 120
ALT_TEXT_LENGTH = 500
FORBIDDEN_IN_NAMES = frozenset('<>:"/\\|?*%;')


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file. ``media_type`` is what its content is, ``bytes`` its size, ``sha256`` in hex, ``licence`` SPDX."""

    id: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    alt_text: str | None = None
    licence: str | None = None
    uploaded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much one contribution may carry, in bytes and files."""

    per_file: int = 25 * MEBIBYTE
    per_contribution: int = 100 * MEBIBYTE
    files: int = 50

    def room(self, attachments: tuple[Attachment, ...]) -> int:
        """Return how many bytes the next file may have; raises TooLarge or Invalid when there is no room."""
        if len(attachments) >= self.files:
            message = f"A contribution holds at most {self.files} files."
            raise Invalid(message, errors=(FieldError(pointer="", code="too_many_files", message=message),))
        left = self.per_contribution - sum(attachment.bytes for attachment in attachments)
        if left <= 0:
            raise TooLarge(f"The files of a contribution together hold at most {_mebibytes(self.per_contribution)}.")
        return min(self.per_file, left)

    def refuse(self, room: int) -> TooLarge:
        """Say which limit a file went over."""
        if room < self.per_file:
            return TooLarge(
                f"Only {_mebibytes(room)} of {_mebibytes(self.per_contribution)} are left for this contribution."
            )
        return TooLarge(f"A file holds at most {_mebibytes(self.per_file)}.")


EXTENSIONS: Mapping[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "video/mp4": (".mp4", ".m4v"),
    "text/plain": (".txt", ".md", ".srt", ".vtt"),
    "text/csv": (".csv",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (".pptx",),
    "application/vnd.oasis.opendocument.text": (".odt",),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
    "application/vnd.oasis.opendocument.presentation": (".odp",),
}


def safe_name(name: str, media_type: str) -> str:
    """Return a file name that is safe on every system and ends as its content says.

    Folders, control and bidirectional characters and what Windows forbids are dropped, the rest is NFC; a name
    that ends otherwise than its type gets the type's own ending added (``invoice.exe`` that is a PDF becomes
    ``invoice.exe.pdf``).
    """
    base = PureWindowsPath(PurePosixPath(unicodedata.normalize("NFC", name)).name).name
    kept = "".join(
        character
        for character in base
        if character not in FORBIDDEN_IN_NAMES and not unicodedata.category(character).startswith("C")
    )
    cleaned = " ".join(kept.split()).rstrip(". ")
    endings = EXTENSIONS[media_type]
    stem, ending = cleaned, endings[0]
    for known in endings:
        if cleaned.casefold().endswith(known):
            stem, ending = cleaned[: -len(known)], known
            break
    stem = _cut(stem.strip(". "), NAME_LENGTH) or "file"
    return stem + ending


def _cut(text: str, limit: int) -> str:
    encoded = text.encode()[:limit]
    return encoded.decode(errors="ignore").strip()


def _mebibytes(count: int) -> str:
    return f"{count / MEBIBYTE:.4g} MiB"
