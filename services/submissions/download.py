"""Who may read a file that is not public: its authors, reviewers who hold the case, coordinators once submitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.submissions.documents import flat
from services.submissions.records import Records
from shared.errors import NotFound
from shared.http.access import Principal, Role


async def readable(
    records: Records, principal: Principal, contribution_id: str, attachment_id: str
) -> Mapping[str, Any]:
    """Return what is known of a file the caller may read; raises NotFound for everybody else.

    Authors read every file of theirs, also of earlier versions; coordinators what was submitted; reviewers what was
    submitted in the version whose case they hold at this moment.
    """
    contribution = await records.contributions.find(contribution_id)
    snapshots = [
        snapshot
        for snapshot in await records.contributions.submitted_with(attachment_id)
        if snapshot["contribution_id"] == contribution_id
    ]
    submitted = _chosen((one for snapshot in snapshots for one in snapshot["attachments"]), attachment_id)
    is_author = contribution is not None and contribution.is_author(principal.person_id)
    if contribution is not None and is_author:
        working = _chosen((flat(one) for one in contribution.attachments), attachment_id)
        if found := working or submitted:
            return found
    if submitted and Role.COORDINATOR in principal.roles:
        return submitted
    if submitted and Role.REVIEWER in principal.roles:
        for snapshot in snapshots:
            if await records.readers.holds(
                contribution_id=contribution_id, version=snapshot["version"], reviewer_id=principal.person_id
            ):
                return submitted
    raise NotFound("There is no such file.")


def _chosen(attachments: Iterable[Mapping[str, Any]], attachment_id: str) -> Mapping[str, Any] | None:
    return next((one for one in attachments if one["id"] == attachment_id), None)
