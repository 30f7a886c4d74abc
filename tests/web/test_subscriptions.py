"""An organisation's endpoints through the pages, without scripts: added, tried, watched, changed, removed."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook

from tests.waiting import eventually
from tests.web import lives
from tests.web.scene import once
from tests.web.share_form import Sheet, follow, send, sheet, sheets, words
from tests.web.site import Site, fresh

pytestmark = pytest.mark.asyncio(loop_scope="package")

MEMBER = "member-2"
NOBODY = "http://127.0.0.1:9/hooks"


def form_to(page: httpx.Response, ending: str) -> Sheet:
    """The form of a page that goes to an address with this ending."""
    (found,) = [one for one in sheets(page) if one.action.endswith(ending)]
    return found


async def added(http: httpx.AsyncClient, **values: object) -> tuple[str, str, httpx.Response]:
    """Add an endpoint through the pages; returns its id, its secret and the page that shows it."""
    form = sheet(await http.get("/subscriptions/new"))
    form.fill(**{"name": fresh("Catalogue"), "url": NOBODY, **values})
    form.action = "/subscriptions/new"
    page = await send(http, form)
    assert page.status_code == 200, words(page)
    (secret,) = re.findall(r">(whsec_[^<]+)</textarea>", page.text)
    (endpoint_id,) = set(re.findall(r'action="/subscriptions/([0-9a-f-]{36})/test"', page.text))
    return endpoint_id, html.unescape(secret), page


async def test_adding_shows_the_secret_once_and_says_what_it_gets(site: Site) -> None:
    async with site.signed_in(MEMBER) as http:
        values = {"types": ["practice.withdrawn"], "countries": "at, FI", "organisations": "Murtal", "ordered": ["yes"]}
        endpoint_id, secret, page = await added(http, **values)
        assert page.headers["cache-control"] == "no-store"
        one = await http.get(f"/subscriptions/{endpoint_id}")
        for shown in ("It is taken down", "Austria", "Finland", "Murtal", "each event waits for the one before"):
            assert shown in words(one), shown
        for path in ("", f"/{endpoint_id}", f"/{endpoint_id}/change", f"/{endpoint_id}/deliveries"):
            assert secret not in (await http.get(f"/subscriptions{path}")).text


async def test_a_form_sent_twice_adds_one(site: Site) -> None:
    async with site.signed_in(MEMBER) as http:
        form = sheet(await http.get("/subscriptions/new"))
        form.fill(name=fresh("Twice"), url=NOBODY).action = "/subscriptions/new"
        first, second = await send(http, form), await send(http, form)
        assert first.status_code == second.status_code == 200
        secrets = [re.findall(r">(whsec_[^<]+)</textarea>", page.text) for page in (first, second)]
        assert secrets[0] == secrets[1]
        listed = words(await http.get("/subscriptions"))
        assert listed.count(form.fields["name"][0]) == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": ""}, "Give it a name of at most 100 characters."),
        ({"url": "catalogue"}, "Write a whole address without spaces"),
        ({"url": "ftp://example.org/"}, "Begin the address with https://."),
        ({"url": "http://10.0.0.1/hooks"}, "This address is not on the public internet"),
        ({"url": "https://me:word@example.org/"}, "Take the user and password out of the address."),
        ({"url": "https://example.org/#part"}, "Take out the part after #"),
        ({"countries": "Finland"}, "Use two-letter codes of countries, such as FI or PT."),
        ({"languages": "xx-none"}, "Use codes of languages, such as fr or pt-BR."),
    ],
)
async def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(
    site: Site, values: dict[str, str], said: str
) -> None:
    async with site.signed_in(MEMBER) as http:
        form = sheet(await http.get("/subscriptions/new"))
        typed = {"name": fresh("Wrong"), "url": NOBODY, "organisations": "Kept as typed", **values}
        form.fill(**typed).action = "/subscriptions/new"
        page = await send(http, form)
        assert page.status_code == 422
        assert said in words(page)
        assert "There is a problem" in words(page)
        (field,) = values
        assert f'href="#{field}"' in page.text
        again = sheet(page)
        assert {name: again.fields[name][0].strip() for name in typed} == typed


async def test_pausing_going_on_and_a_new_secret(site: Site) -> None:
    async with site.signed_in(MEMBER) as http:
        endpoint_id, first, _ = await added(http)
        here = f"/subscriptions/{endpoint_id}"
        paused = await follow(http, await send(http, form_to(await http.get(here), "/pause")))
        assert "Paused. What is published waits here." in words(paused)
        assert "Paused: nothing is sent" in words(paused)
        assert (await send(http, form_to(paused, "/resume"))).status_code == 303
        turning = sheet(await http.get(f"{here}/rotate"))
        turning.fill(overlap="168").action = f"{here}/rotate"
        shown = await send(http, turning)
        assert shown.status_code == 200
        assert "The secret before signs as well until" in words(shown)
        assert first not in html.unescape(shown.text)
        ended = await follow(http, await send(http, form_to(await http.get(here), "/end-previous-secret")))
        assert "only the newest secret signs" in words(ended)
        assert "The one before signs" not in words(ended)


async def test_a_change_that_came_second_is_not_kept_unseen(site: Site) -> None:
    async with site.signed_in(MEMBER) as http:
        endpoint_id, _, _ = await added(http)
        here = f"/subscriptions/{endpoint_id}/change"
        first, second = sheet(await http.get(here)), sheet(await http.get(here))
        name = fresh("Changed")
        first.fill(name=name).action = second.action = here
        done = await follow(http, await send(http, first))
        assert "Changed. It holds from the next event on." in words(done)
        late = await follow(http, await send(http, second.fill(name="Never kept")))
        assert "Somebody changed it after you opened this page" in words(late)
        assert name in words(await http.get("/subscriptions"))


@contextlib.asynccontextmanager
async def receiver(status: int) -> AsyncIterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A system that answers everything with this status; yields its address and what came, headers and body."""
    came: list[tuple[dict[str, str], bytes]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
        came.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(f"HTTP/1.1 {status} As Told\r\ncontent-length: 5\r\n\r\nheard".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks", came


async def test_a_test_that_arrives_is_told_at_once_and_verifies_with_the_secret_shown(site: Site) -> None:
    async with receiver(204) as (url, came), site.signed_in(MEMBER) as http:
        _, secret, page = await added(http, url=url)
        shown = await follow(http, await send(http, form_to(page, "/test")))
        assert "Arrived (204)" in words(shown)
        ((headers, body),) = came
        assert Webhook(secret).verify(body, headers)
        assert headers["webhook-id"] in words(shown)


async def test_what_came_back_is_shown_and_it_can_be_sent_again(site: Site) -> None:
    async with receiver(500) as (url, came), site.signed_in(MEMBER) as http:
        endpoint_id, _, page = await added(http, url=url)
        shown = await follow(http, await send(http, form_to(page, "/test")))
        assert "Your system refused it (500)" in words(shown)
        assert "heard" in words(shown), "the body of the answer"
        life = await lives.published(site)

        async def tried() -> str | None:
            log = await http.get(f"/subscriptions/{endpoint_id}/deliveries?state=waiting")
            found = re.search(r'href="(/subscriptions/[^"]+)">Published', log.text)
            return found[1] if found and "refused it (500)" in words(log) else None

        where = await eventually(tried, 20)
        delivery = await http.get(where)
        assert f'href="/practices/{life.id}"' in delivery.text
        assert "We try again" in words(delivery)
        one = await http.get(f"/subscriptions/{endpoint_id}")
        assert "Nothing arrives" in words(one)
        before = len(came)
        again = await follow(http, await send(http, form_to(delivery, "/again")))
        assert "It is sent again." in words(again)
        await eventually(lambda: len(came) > before, 20)
        ids = {headers["webhook-id"] for headers, _ in came if headers["webhook-id"] in where}
        assert len(ids) == 1, "the same webhook-id at every attempt"


async def test_a_test_is_sent_and_stands_in_the_log(site: Site) -> None:
    async with site.signed_in(MEMBER) as http:
        endpoint_id, _, page = await added(http)
        sent = await send(http, form_to(page, "/test"))
        where = sent.headers["location"]
        assert where.startswith(f"/subscriptions/{endpoint_id}/deliveries/")
        assert "Test" in words(await http.get(where))
        log = await http.get(f"/subscriptions/{endpoint_id}/deliveries")
        assert where in log.text
        empty = await http.get(f"/subscriptions/{endpoint_id}/deliveries?state=delivered")
        assert "There is nothing here." in words(empty)


async def test_days_are_sent_again_and_wrong_ones_are_told(site: Site) -> None:
    life = await lives.published(site)

    async def heard() -> bool:
        feed = await site.ask(None, "syndication", "GET", "/feed.atom")
        return life.id in feed.text

    await eventually(heard)
    today = datetime.now(UTC).date()
    async with site.signed_in(MEMBER) as http:
        endpoint_id, _, _ = await added(http)
        here = f"/subscriptions/{endpoint_id}/replay"

        async def replay(since: str, until: str = "") -> httpx.Response:
            form = sheet(await http.get(here)).fill(since=since, until=until)
            form.action = here
            return await send(http, form)

        for since, until, said in (
            ("", "", "Choose a day of the last 90 days."),
            ((today - timedelta(days=120)).isoformat(), "", "Choose a day of the last 90 days."),
            (today.isoformat(), (today - timedelta(days=1)).isoformat(), "Choose a day after the first"),
            *[((today - timedelta(days=9)).isoformat(), (today - timedelta(days=8)).isoformat(), "Nothing that this")],
        ):
            page = await replay(since, until)
            assert page.status_code == 422
            assert said in words(page)
        done = await follow(http, await replay(today.isoformat()))
        assert re.search(r"\d+ events? (is|are) sent again", words(done))
        assert "Published" in words(done)


async def test_removing_asks_once_and_is_final(site: Site) -> None:
    async with site.signed_in(MEMBER) as http:
        endpoint_id, _, _ = await added(http)
        here = f"/subscriptions/{endpoint_id}/remove"
        form = sheet(await http.get(here))
        form.action = here
        done = await follow(http, await send(http, form))
        assert "Nothing is sent there any more." in words(done)
        assert (await http.get(f"/subscriptions/{endpoint_id}")).status_code == 404
        assert (await send(http, form)).status_code == 303  # sent twice


async def test_another_organisation_does_not_see_it_and_a_coordinator_only_looks(site: Site) -> None:
    async with site.signed_in(MEMBER) as http:
        endpoint_id, _, _ = await added(http)
    async with site.signed_in("member-5") as http:
        assert (await http.get(f"/subscriptions/{endpoint_id}")).status_code == 404
        assert endpoint_id not in (await http.get("/subscriptions")).text
    async with site.signed_in(lives.COORDINATOR) as http:
        page = await http.get(f"/subscriptions/{endpoint_id}")
        assert page.status_code == 200
        assert not [one for one in sheets(page) if "/subscriptions/" in one.action]
    async with site.browser() as http:
        assert (await http.get("/subscriptions")).status_code == 303


async def test_where_it_is_found(site: Site) -> None:
    async with site.browser() as http:
        assert 'href="/developers"' in (await http.get("/")).text
        page = await http.get("/developers")
        assert f"{site.ports.url('syndication')}/docs/events" in page.text
    async with site.signed_in(MEMBER) as http:
        for path in ("/", "/preferences", "/developers"):
            assert 'href="/subscriptions"' in (await http.get(path)).text


async def test_a_health_that_is_not_good_is_told_in_words(site: Site) -> None:
    """As the service tells it, whatever the reason."""
    async with site.signed_in(MEMBER) as http:
        endpoint_id, _, _ = await added(http)
        await site.call(MEMBER, "syndication", "POST", f"/webhooks/{endpoint_id}/pause", headers=once())
        listed = await http.get("/subscriptions")
        assert "Paused: nothing is sent; what is published waits." in words(listed)
