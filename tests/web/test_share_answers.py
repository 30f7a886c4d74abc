"""Without scripts: two people in one contribution, and the reviewers' comments beside the fields they are about."""

import pytest

from tests.web import lives
from tests.web.share_form import follow, send, sheet
from tests.web.site import Site, fresh
from tests.web.test_share import content_of, ready_to_submit

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_two_people_change_different_fields(site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    async with site.signed_in("member-1") as http:
        mine = sheet(await http.get(f"/share/{identifier}/title")).fill(title=fresh("Mine"))
        theirs = sheet(await http.get(f"/share/{identifier}/title")).fill(summary="Theirs")
        await follow(http, await send(http, theirs, "continue"))
        await follow(http, await send(http, mine, "continue"))
    content = await content_of(site, "member-1", identifier)
    assert [content["title"]["en"]["text"]] == mine.fields["title"]
    assert content["summary"]["en"]["text"] == "Theirs"


async def test_two_people_change_the_same_field_and_nothing_is_lost(site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    async with site.signed_in("member-1") as http:
        mine = sheet(await http.get(f"/share/{identifier}/fits")).fill(themes=["digital"], sectors=["school"])
        theirs = sheet(await http.get(f"/share/{identifier}/fits")).fill(themes=["recognition", "inclusion"])
        await follow(http, await send(http, theirs, "continue"))
        page = await send(http, mine, "continue")
        assert page.status_code == 409
        assert "This was changed in two places" in page.text
        assert "<li>Inclusion in mobility</li>" in page.text
        both = sheet(page)
        assert both.fields["themes"] == ["digital"]
        assert both.fields["sectors"] == ["school"]
        assert (await content_of(site, "member-1", identifier))["themes"] == ["recognition", "inclusion"]
        both.write({"choose.themes": "saved"})
        await follow(http, await send(http, both, "continue"))
    content = await content_of(site, "member-1", identifier)
    assert content["themes"] == ["recognition", "inclusion"]
    assert content["sectors"] == ["school"]


async def test_comments_stand_beside_their_fields_and_are_answered_there(site: Site) -> None:
    life = await lives.changes_requested(site)
    seen = await life.seen()
    comments = seen["feedback"]["comments"]
    asking = [one for one in comments if one["severity"] != "praise"]
    assert asking
    async with site.signed_in(life.author) as http:
        check = await http.get(f"/share/{life.id}/check")
        assert "Comments without an answer" in check.text
        assert "Submit it again" not in check.text
        for one in asking:
            answer = await http.get(f"/share/{life.id}/at", params={"field": one["pointer"]})
            page = await http.get(answer.headers["location"])
            assert one["text"] in page.text
            form = sheet(page).write({f"answers.{one['id']}": f"Answered: {one['id']}"})
            await follow(http, await send(http, form, "continue"))
        kept = {one["comment_id"]: one["text"] for one in (await life.seen())["feedback"]["answers"]}
        assert kept == {one["id"]: f"Answered: {one['id']}" for one in asking}
        page = await http.get(f"/share/{life.id}/check")
        page = await follow(http, await send(http, sheet(page)))
        assert "Thank you, it is submitted" in page.text
    assert (await life.seen())["round"] == 2


async def test_nothing_in_the_pages_names_a_reviewer(site: Site) -> None:
    life = await lives.changes_requested(site)
    async with site.signed_in(life.author) as http:
        for step in ("title", "context", "check", "preview"):
            page = (await http.get(f"/share/{life.id}/{step}")).text
            assert site.account(lives.REVIEWER).name not in page
            assert site.person_id(lives.REVIEWER) not in page


async def test_a_step_looked_at_and_sent_back_saves_nothing(site: Site) -> None:
    identifier = await ready_to_submit(
        site,
        "member-1",
        indicators=[{"name": {"en": {"text": "Trips"}}, "value": 3.5, "baseline": "few"}],
        links=[{"url": "https://example.org/"}],
    )
    before = await site.call("member-1", "submissions", "GET", f"/contributions/{identifier}")
    async with site.signed_in("member-1") as http:
        page = await http.get(f"/share/{identifier}/kind")
        for _ in range(20):
            if page.url.path.endswith("/check"):
                break
            form = sheet(page, 1 if page.url.path.endswith("/files") else 0)
            page = await follow(http, await send(http, form, "continue"))
        assert page.url.path.endswith("/check")
    after = await site.call("member-1", "submissions", "GET", f"/contributions/{identifier}")
    assert after["revision"] == before["revision"]
