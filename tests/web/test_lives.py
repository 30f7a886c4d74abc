"""The lives that the other tests of the pages begin with."""

import pytest

from tests.web import lives
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_contributions_come_to_where_tests_need_them(site: Site) -> None:
    assert (await (await lives.drafted(site)).seen())["state"] == "draft"
    waiting = await lives.changes_requested(site)
    assert [comment["pointer"] for comment in (await waiting.seen())["feedback"]["comments"]] == ["/title"]
    assert (await (await lives.published(site)).seen())["state"] == "published"
