"""Why a file cannot be imported, in the reader's language; the service says it in English alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.web.page.visit import Visit

_TOO_LARGE: Final = 413
MOST_PROJECTS: Final = 500


def why(visit: Visit, status: int, detail: str) -> str:
    """Return words for a refusal of ``POST /imports``; ``detail`` tells the cases of one code apart."""
    _ = visit._
    if status == _TOO_LARGE and "projects" in detail:
        told = _(
            "This file holds more projects than can be sent at once (500). Export fewer, for example one call year."
        )
    elif status == _TOO_LARGE:
        told = _("This file is too large: at most 5 MiB can be sent. Export fewer projects, for example one call year.")
    elif "is empty" in detail:
        told = _("This file is empty.")
    elif "UTF-16" in detail or "UTF-8" in detail:
        told = _("The letters of this file are not stored as UTF-8. Save it as “CSV UTF-8” and send that file.")
    elif "cut off" in detail:
        told = _("This file is cut off: it ends in the middle. Download it again.")
    elif "no projects" in detail:
        told = _("This file holds the names of the columns, but no projects.")
    else:
        told = _(
            "This is not an export of the Erasmus+ results platform: its first line lacks the columns"
            " “Project Identifier” and “Project Title”."
        )
    return told
