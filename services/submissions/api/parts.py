"""What several routes share: who writes, which revision was seen, how a contribution is answered."""

from typing import Annotated

from fastapi import Depends, Header, Path, Query

from services.submissions.domain.contribution import Contribution
from services.submissions.records import Records
from services.submissions.views import contribution_view
from shared.http.access import Principal, Role, allow
from shared.http.etag import etag, if_match
from shared.http.reply import Reply
from shared.store.outbox import Transaction

Writer = Annotated[Principal, allow(Role.MEMBER)]
ContributionId = Annotated[str, Path(max_length=64)]
Language = Annotated[str | None, Query(max_length=35, description="BCP 47; else that of the account")]


def seen_if_sent(
    value: Annotated[
        str | None, Header(alias="If-Match", description="The revision that is meant, as its ETag gave it; optional")
    ] = None,
) -> int | None:
    """Return the revision the caller saw, or None if they do not say; 400 if it is no ETag of ours."""
    return None if value is None else if_match(value)


SeenIfSent = Annotated[int | None, Depends(seen_if_sent)]


def shown(records: Records, tx: Transaction, contribution: Contribution, *, status: int = 200) -> Reply:
    """Answer with the contribution as its authors see it, and its ETag."""
    headers = {"ETag": etag(contribution.revision)}
    if status == 201:  # noqa: PLR2004
        headers["Location"] = f"/contributions/{contribution.id}"
    view = contribution_view(contribution, tx.now, str(records.settings.public_url))
    return Reply(status=status, body=view, headers=headers)
