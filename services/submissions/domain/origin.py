"""Drafts that came from an import, and a newer row of the same project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.submissions.domain.contribution import Contribution
from services.submissions.domain.state import State, WrongState


def is_as_imported(contribution: Contribution) -> bool:
    """Whether nobody has worked on it since it was imported."""
    origin = contribution.origin
    return contribution.state is State.DRAFT and origin is not None and origin.revision == contribution.revision


def import_again(
    contribution: Contribution,
    now: datetime,
    *,
    row: str,
    owner_id: str,
    content: Mapping[str, Any],
    author_ids: tuple[str, ...],
) -> Contribution:
    """Take over what a newer row says, and whose it is; only while nobody has worked on it."""
    if not is_as_imported(contribution) or contribution.origin is None:
        raise WrongState("Somebody has worked on this draft.", extra={"state": contribution.state.value})
    revision = contribution.revision + 1
    return replace(
        contribution,
        content=content,
        owner_id=owner_id,
        author_ids=author_ids,
        origin=replace(contribution.origin, row=row, revision=revision),
        revision=revision,
        updated_at=now,
    )
