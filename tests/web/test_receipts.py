"""Where a publication went: on the author's page and on the coordinator's."""

from __future__ import annotations

import httpx
import pytest

from services.web.page.formats import Formats
from tests.waiting import eventually
from tests.web import lives
from tests.web.front_end import front_end
from tests.web.scene import once
from tests.web.share_form import words
from tests.web.site import Site, fresh

pytestmark = pytest.mark.asyncio(loop_scope="package")

SUBSCRIBER = "member-3"


@pytest.mark.parametrize(
    ("seconds", "en", "fr", "de"),
    [
        (1, "1 second", "1 seconde", "1 Sekunde"),
        (90, "90 seconds", "90 secondes", "90 Sekunden"),
        (1200, "20 minutes", "20 minutes", "20 Minuten"),
        (86_400, "24 hours", "24 heures", "24 Stunden"),
        (3 * 86_400, "3 days", "3 jours", "3 Tage"),
    ],
)
async def test_how_long_it_took_is_told_in_the_unit_that_suits_it(seconds: int, en: str, fr: str, de: str) -> None:
    told = [Formats(language).lasting(seconds).replace("\N{NO-BREAK SPACE}", " ") for language in ("en", "fr", "de")]
    assert told == [en, fr, de]


async def test_the_author_sees_numbers_and_the_coordinator_whose_systems_they_are(site: Site) -> None:
    body = {"name": fresh("Silent"), "url": "http://127.0.0.1:9/hooks"}
    await site.call(SUBSCRIBER, "syndication", "POST", "/webhooks", body, headers=once())
    own = site.account(lives.AUTHOR)
    lead = {"id": own.organisation, "name": own.organisation_name, "country": own.country}
    life = await lives.published(site, lead_organisation=lead)
    async with site.signed_in(lives.AUTHOR) as http:

        async def shown() -> httpx.Response | None:
            page = await http.get(f"/mine/{life.id}")
            return page if "Where it went" in page.text and page.text.count("after publication") == 2 else None

        page = await eventually(shown)
        text = words(page)
        assert "Found by search" in text
        assert "People told" in text
        assert "waiting" in text, "nobody answers at that address"
        assert "none asked for it" in text, "no partner"
        assert site.account(SUBSCRIBER).organisation not in page.text
    async with site.signed_in(lives.COORDINATOR) as http:
        page = await http.get(f"/board/{life.case_id}")
        assert "Where it went" in page.text
        assert f"{site.account(SUBSCRIBER).organisation} (webhook): waiting" in words(page)


async def test_what_is_not_public_went_nowhere(site: Site) -> None:
    life = await lives.in_review(site)
    async with site.signed_in(lives.AUTHOR) as http:
        assert "Where it went" not in (await http.get(f"/mine/{life.id}")).text
    async with site.signed_in(lives.COORDINATOR) as http:
        assert "Where it went" not in (await http.get(f"/board/{life.case_id}")).text


async def test_the_page_goes_without_it_while_the_service_is_away(site: Site) -> None:
    life = await lives.published(site)
    async with front_end(site, SYNDICATION_URL="http://127.0.0.1:9") as address, site.signed_in(lives.AUTHOR) as http:
        page = await http.get(f"{address}/mine/{life.id}")
        assert page.status_code == 200
        assert "Where it went" not in page.text
