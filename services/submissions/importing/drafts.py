"""All rows of an export as drafts. Pure, and takes some milliseconds a row."""

from __future__ import annotations

from collections.abc import Iterator

from services.submissions.importing.draft import Imported, drafted
from services.submissions.importing.languages import Detect
from services.submissions.importing.table import BadRow, Export


def drafts(export: Export, detect: Detect) -> Iterator[Imported | BadRow]:
    """Yield a draft or a reason for each row; of a project that stands there twice the first row counts."""
    seen: dict[str, int] = {}
    for row in export.read():
        found = row if isinstance(row, BadRow) else drafted(row, export.columns, detect)
        if isinstance(found, Imported) and found.key in seen:
            found = BadRow(
                line=found.line,
                reason=f"repeats project {found.key} of line {seen[found.key]}",
                key=found.key,
                title=found.title,
            )
        elif isinstance(found, Imported):
            seen[found.key] = found.line
        yield found
