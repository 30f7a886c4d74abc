"""Which contributions everybody can read: a page links only where its reader finds something."""

import asyncio
from collections.abc import Iterable

from services.web.calls.api import Api, Away, Refused


async def published_among(submissions: Api, identifiers: Iterable[str]) -> frozenset[str]:
    """Return those that are published now, asked for all at once; without an answer, a contribution counts as not."""

    async def readable(identifier: str) -> bool:
        try:
            await submissions.ask("HEAD", f"/practices/{identifier}")
        except (Refused, Away):
            return False
        return True

    asked = list(dict.fromkeys(identifiers))
    found = await asyncio.gather(*(readable(one) for one in asked))
    return frozenset(one for one, is_readable in zip(asked, found, strict=True) if is_readable)
