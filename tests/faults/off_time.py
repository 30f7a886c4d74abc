"""``python -m tests.faults.off_time SERVICE``: run a service whose clock is off by what a file says (``CLOCK_FILE``).

It is put together as by its own program, but for the clock. Tokens are checked by the real time: while a clock is wrong
by more than half a minute each of them would be refused, and nothing would be tried.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

from pydantic_settings import BaseSettings

from services.notifications.app import build as notifications
from services.notifications.settings import NotificationSettings
from services.review.app import build as review
from services.review.settings import ReviewSettings
from services.search.app import build as search
from services.search.settings import SearchSettings
from services.submissions.app import build as submissions
from services.submissions.settings import SubmissionsSettings
from services.syndication.app import build as syndication
from services.syndication.settings import SyndicationSettings
from shared.service import Part, Service, run, serve
from shared.settings import read_settings
from tests.faults.clocks import given_clock

BUILDS: Final[dict[str, tuple[type[BaseSettings], Callable[..., Awaitable[Service]]]]] = {
    "submissions": (SubmissionsSettings, submissions),
    "review": (ReviewSettings, review),
    "search": (SearchSettings, search),
    "notifications": (NotificationSettings, notifications),
    "syndication": (SyndicationSettings, syndication),
}


async def _main(service: str) -> None:
    kind, build = BUILDS[service]
    settings: Any = read_settings(kind)
    await serve(build(settings, clock=given_clock()), Part.ALL)


if __name__ == "__main__":
    run(_main(sys.argv[1]))
