"""From which search a reader came to a practice: told by the browser itself, to pages of the same site only.

Our pages say ``Referrer-Policy: same-origin``, so the page of a practice is asked for with the address of the results
it was opened from, and nobody else learns it. No script, no detour over another address, nothing added to links.
"""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from services.web.calls.api import Away, Refused
from services.web.page.visit import Visit
from services.web.reader.asked import Asked

_LONGEST: Final = 4_000  # characters of an address


def came_from(visit: Visit) -> str:
    """Return the words of the search whose results were open before; empty where there was none."""
    referrer = visit.request.headers.get("referer", "")[:_LONGEST]
    if not referrer.startswith(f"{visit.site.settings.origin}/search?"):
        return ""
    return Asked.of(parse_qsl(urlsplit(referrer).query)).text


async def tell_opened(visit: Visit, words: str) -> None:
    """Tell search that a result was opened, after the page was sent; words and language of the pages, nothing else."""
    try:
        await visit.services.search.post("/clicks", {"q": words, "lang": visit.language})
    except (Away, Refused):
        return  # a count less
