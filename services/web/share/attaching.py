"""Handing a file over to submissions piece by piece, and saying in plain words why one was not taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from markupsafe import Markup
from starlette.datastructures import UploadFile

from services.web.calls.api import Refused

if TYPE_CHECKING:
    from services.web.page.visit import Visit

_PIECE: Final = 256 * 1024
_IMAGES: Final = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_TOO_LARGE: Final = 413
_UNSUPPORTED: Final = 415


def is_image(file: UploadFile) -> bool:
    """Whether it calls itself an image; what it is, the service finds out."""
    return (file.content_type or "").startswith("image/") or (file.filename or "").lower().endswith(_IMAGES)


async def attach(
    visit: Visit, contribution_id: str, file: UploadFile, *, words: str, licence: str, once: str | None
) -> None:
    """Attach a file that was uploaded. Raises Refused with the service's reason."""
    await visit.services.submissions.ask(
        "POST",
        f"/contributions/{contribution_id}/attachments",
        query={"name": file.filename, "alt_text": words or None, "licence": licence or None},
        content=_pieces(file),
        headers={"content-type": "application/octet-stream", "content-length": str(file.size or 0)},
        once=once,
    )


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while piece := await file.read(_PIECE):
        yield piece


def why_not(visit: Visit, refused: Refused) -> str:
    """Say why a file was not taken."""
    _ = visit._
    if refused.status == _TOO_LARGE:
        return _("This file is too large: 25 MB a file, 100 MB for all files of a contribution.")
    if refused.status == _UNSUPPORTED:
        said = _("This kind of file is not taken, or the file is damaged or protected. The service says:")
        return Markup('{} <q lang="en">{}</q>').format(said, refused.detail)
    codes = {error.get("code") for error in refused.errors}
    if "too_many_files" in codes:
        return _("A contribution holds at most 50 files. Remove one first.")
    said = _("The file was not taken. The service says:")
    return Markup('{} <q lang="en">{}</q>').format(said, refused.detail)
