"""The desk, and a reviewer's own terms."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.contents import said
from tests.web import lives
from tests.web.site import Site, fresh
from tests.web.test_reviews import hidden, send

pytestmark = pytest.mark.asyncio(loop_scope="package")

RESTING, KNOWING = "reviewer-5", "reviewer-6"


async def test_what_one_knows_says_why_a_case_is_suggested(site: Site) -> None:
    title = fresh("Known by its terms")
    life = await lives.in_review(site, title=said(title), sectors=["early-years"], themes=["green-transition"])
    async with site.signed_in(KNOWING) as http:
        page = (await http.get("/reviews/profile")).text
        csrf = hidden(page, "/reviews/profile")
        fields = {"sectors": ["early-years"], "themes": ["green-transition", "curricula"], "languages": ["en", "de"]}
        terms = {**csrf, "version": csrf["version"].replace("&#34;", '"'), **fields, "load_cap": "7"}
        more = {"further": "ca, zh", "affiliations": "Rowing club\n\nAnother house"}
        saved = await http.post("/reviews/profile", data=terms | more, follow_redirects=True)
        assert "Saved." in saved.text
        me = await site.call(KNOWING, "review", "GET", "/reviewers/me")
        assert me["languages"] == ["en", "de", "ca", "zh"]
        assert me["affiliations"] == ["Rowing club", "Another house"]
        assert me["load_cap"] == 7
        assert re.search(r'id="themes-curricula"[^>]* checked', saved.text)
        assert 'value="ca zh"' in saved.text
        desk = (await http.get("/reviews?sector=early-years&theme=green-transition")).text
        [card] = [card for card in desk.split('<li class="card">') if life.case_id in card]
        assert "Fits you" in card
        assert re.search(r"<dt>You know</dt><dd>Mobility and the green transition · Early [^<]* · English</dd>", card)
        assert "Fill in what you know" not in desk


async def test_wrong_terms_are_said_beside_their_fields_and_nothing_typed_is_lost(site: Site) -> None:
    async with site.signed_in(RESTING) as http:
        await http.get("/reviews?lang=en")
        page = (await http.get("/reviews/profile")).text
        for number in ("00050999", "00000" + "9" * 5000):
            assert (await send(http, page, "/reviews/profile", load_cap=number)).status_code == 422
        wrong = await send(http, page, "/reviews/profile", load_cap="many", affiliations="Typed here")
        assert wrong.status_code == 422
        assert '<a href="#load_cap">' in wrong.text
        assert "Typed here" in wrong.text
        unknown = await send(http, page, "/reviews/profile", load_cap="3", further="klingon-x")
        assert unknown.status_code == 422
        assert '<a href="#further">' in unknown.text
        assert "klingon-x" in unknown.text
        await send(http, page, "/reviews/profile", load_cap="4")
        late = await send(http, page, "/reviews/profile", load_cap="5")
        assert "changed in another window" in late.text


async def test_a_pause_is_kept_said_and_ended(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(RESTING) as http:
        await http.get("/reviews?lang=en")
        page = (await http.get("/reviews/profile")).text
        past = await send(http, page, "/reviews/pause", until="2020-01-01")
        assert "Choose a day after today." in past.text
        until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
        paused = await send(http, page, "/reviews/pause", until=until)
        assert "You take no new cases until" in paused.text
        assert "Paused" in (await http.get("/reviews")).text
        refused = await send(http, (await http.get(case)).text, f"{case}/claim")
        assert "You have paused until" in refused.text
        again = await send(http, (await http.get("/reviews/profile")).text, "/reviews/resume")
        assert "you take cases again" in again.text
        taken = await send(http, (await http.get(case)).text, f"{case}/claim")
        assert "This case is yours until" in taken.text


async def test_too_many_at_once_is_refused_in_words(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in("reviewer-4") as http:
        free = (await http.get(case)).text
        page = (await http.get("/reviews/profile")).text
        page = (await send(http, page, "/reviews/profile", load_cap="0")).text
        refused = await send(http, free, f"{case}/claim")
        assert re.search(r"You hold \d+ cases and take 0 at once\.", refused.text)
        assert "You hold as many cases as you take at once." in refused.text
        await send(http, page, "/reviews/profile", load_cap="50")


async def test_mine_come_with_their_day_and_empty_lists_help(site: Site) -> None:
    life = await lives.in_review(site)
    await life.claim("reviewer-3")
    async with site.signed_in("reviewer-3") as http:
        desk = (await http.get("/reviews")).text
        mine = desk.split('id="to-do"', 1)[1].split('id="open"', 1)[0]
        assert life.title in mine
        assert re.search(r"Due on \d+ \w+ \d{4}, in \d+", mine)
        none = (await http.get("/reviews?country=AQ")).text
        assert "No open case fits these filters." in none
        assert "Take the filters off" in none
        unknown = await http.get("/reviews?sector=alchemy&language=&country=XX")
        assert unknown.status_code == 200
