"""What is much alike is linked where its reader finds something, and named without a link where not."""

from typing import Any

import pytest

from tests.contents import said
from tests.web import lives
from tests.web.site import Site, fresh
from tests.web.weights import in_sequence

pytestmark = pytest.mark.asyncio(loop_scope="package")

TOLD = (
    "Apprentices of two harbour towns swap their workshops for a fortnight, with one learning agreement that both"
    " chambers sign before anybody packs a bag."
)


@pytest.mark.parametrize(("sub", "path"), [(lives.REVIEWER, "/cases/{case}"), (lives.COORDINATOR, "/board/{case}")])
async def test_near_duplicates_lead_only_to_what_can_be_read(site: Site, sub: str, path: str) -> None:
    same: dict[str, Any] = {"kind": "practice", "context": said(TOLD), "actions": said(TOLD), "results": said(TOLD)}
    public = await lives.published(site, **same)
    unpublished = await lives.in_review(site, title=said(fresh("The same once more")), **same)
    life = await lives.in_review(site, **same)
    async with site.signed_in(sub) as http:
        page = (await http.get(path.format(case=life.case_id))).text
        alike = page.split("Much like this one", 1)[1].split("</ul>", 1)[0]
        assert f'href="/practices/{public.id}"' in alike
        assert "The same once more" in alike
        assert unpublished.id not in alike
        assert "by the same authors, not published" in alike
        assert "% alike" in alike
        assert (await http.get(f"/practices/{public.id}")).status_code == 200


async def test_no_call_of_a_finished_case_waits_that_need_not(site: Site) -> None:
    text = said(
        "Bakers of a hill town bake for a month in a town by the sea, and the guild there counts it towards their"
        " master's certificate without another examination."
    )
    same: dict[str, Any] = {"kind": "practice", "context": text, "actions": text, "results": text}
    await lives.published(site, **same)
    life = await lives.in_review(site, **same)
    await life.claim()
    await life.review()
    async with site.signed_in(lives.REVIEWER) as http:
        answer = await http.get(f"/cases/{life.case_id}")
        assert "Much like this one" in answer.text
        assert in_sequence(answer) <= 2  # the case; then what its links and what comes next need, side by side


async def test_an_author_is_led_to_what_is_published_already(site: Site) -> None:
    same: dict[str, Any] = {"kind": "practice", "context": said(TOLD), "actions": said(TOLD), "results": said(TOLD)}
    public = await lives.published(site, **same)
    again = await lives.drafted(site, **same)
    async with site.signed_in(lives.AUTHOR) as http:
        page = (await http.get(f"/share/{again.id}/check")).text
        assert f'href="/practices/{public.id}"' in page
        assert "Published here" in page
