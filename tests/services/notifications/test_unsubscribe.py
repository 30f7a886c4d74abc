"""The link in every mail, as mailbox providers, scanners and people use it."""

from __future__ import annotations

import re

import httpx

from tests.services.notifications.desk import Desk
from tests.services.notifications.sink import Mail
from tests.services.notifications.voices import Voice

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def path_of(mail: Mail) -> str:
    """Read the address as a machine does: from the bytes of the head."""
    match = re.fullmatch(
        rb"List-Unsubscribe: <https://practice-exchange\.example(/[^>]+)>\r\n", mail.header("List-Unsubscribe")
    )
    assert match is not None
    return match[1].decode()


async def received(desk: Desk, who: str = "ana", **claims: str) -> str:
    await desk.sign_in(who, **claims)
    await desk.hear(Voice("first", desk.id(who)).submitted())
    await desk.send()
    return path_of(desk.sink.mails[-1])


async def mails(desk: Desk, who: str = "ana") -> list[str]:
    """What is mailed of one more submission that is published."""
    before = len(desk.sink.mails)
    voice = Voice(f"more-{before}", desk.id(who))
    await desk.hear(voice.submitted())
    await desk.hear_of_publication(voice)
    await desk.send()
    return [mail.subject.partition(":")[0] for mail in desk.sink.mails[before:]]


async def test_one_click_stops_the_kind_without_cookies_sign_in_or_redirect(desk: Desk) -> None:
    path = await received(desk)
    answer = await desk.client.post(path, content=ONE_CLICK, headers=FORM)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert await mails(desk) == ["Published"]
    assert len(await desk.inbox("ana")) == 3, "the inbox keeps everything"


async def test_one_click_may_come_as_a_multipart_form_and_more_than_once(desk: Desk) -> None:
    path = await received(desk)
    for _ in range(2):
        answer = await desk.client.post(path, files={"List-Unsubscribe": (None, "One-Click")})
        assert answer.status_code == 200
    assert await mails(desk) == ["Published"]


async def test_opening_the_link_changes_nothing(desk: Desk) -> None:
    path = await received(desk)
    for method in ("GET", "HEAD", "GET"):
        answer = await desk.client.request(method, path)
        assert answer.status_code in (200, 405)
    assert await mails(desk) == ["Received", "Published"]


async def test_the_page_is_in_the_readers_language_and_runs_and_loads_nothing(desk: Desk) -> None:
    path = await received(desk, locale="de")
    page = await desk.client.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Möchten Sie diese E-Mails abbestellen: Ihr Beitrag ist eingegangen?" in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; form-action 'self'")
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"<script|<img|<link", page.text)


async def test_the_buttons_of_the_page_stop_and_undo(desk: Desk) -> None:
    path = await received(desk)
    page = await desk.client.get(path)
    stop, stop_all = actions(page)
    stopped = await desk.client.post(stop)
    assert "You will not get these mails any more" in stopped.text
    undo, _ = actions(stopped)
    assert "You will get these mails again" in (await desk.client.post(undo)).text
    assert await mails(desk) == ["Received", "Published"]
    everything = await desk.client.post(stop_all)
    assert "You will not get any mails" in everything.text
    assert await mails(desk) == []
    (undo_all,) = actions(everything)
    await desk.client.post(undo_all)
    assert await mails(desk) == ["Received", "Published"]


def actions(page: httpx.Response) -> list[str]:
    assert page.status_code == 200
    return re.findall(r'<form method="post" action="([^"]+)"', page.text)


async def test_programs_are_answered_in_json(desk: Desk) -> None:
    path = await received(desk)
    as_json = {"Accept": "application/json"}
    before = (await desk.client.get(path, headers=as_json)).json()
    assert (before["kind"], before["scope"], before["stopped"]) == ("submission_received", "kind", False)
    after = (await desk.client.post(path, headers=as_json)).json()
    assert (after["stopped"], after["all_stopped"]) == (True, False)


async def test_a_link_in_a_digest_stops_the_digest(desk: Desk) -> None:
    await desk.sign_in("ana")
    daily = {"kinds": {"submission_received": {"mail": "daily"}, "published": {"mail": "at_once"}}}
    await desk.put("/preferences", "ana", json=daily)
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    await desk.tick(days=1)
    path = path_of(desk.sink.mails[-1])
    assert "daily digest" in (await desk.client.get(path)).text
    await desk.client.post(path)
    await desk.hear(Voice("c2", desk.id("ana")).submitted())
    await desk.tick(days=1)
    assert len(desk.sink.mails) == 1
    assert await mails(desk) == ["Published"]
    await desk.client.post(f"{path}?action=undo")
    assert (await desk.ok("GET", "/preferences", "ana"))["kinds"]["submission_received"]["mail"] == "daily"


async def test_a_choice_made_since_is_not_overruled_by_an_old_undo(desk: Desk) -> None:
    path = await received(desk)
    await desk.client.post(path)
    await desk.put("/preferences", "ana", json={"kinds": {"submission_received": {"mail": "off"}}})
    await desk.client.post(f"{path}?action=undo")
    assert await mails(desk) == ["Published"]


async def test_links_that_are_nobodys_are_all_alike(desk: Desk) -> None:
    path = await received(desk)
    for token in ("x", "a" * 20 + "sr", path[-22:-2] + "xx", path[-22:-2] + "SR", "%00" * 5, "é" * 22):
        for method in ("GET", "POST"):
            answer = await desk.client.request(method, f"/unsubscribe/{token}")
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
    assert (await desk.client.post(f"{path}?action=everything")).status_code == 422


async def test_links_are_different_for_each_person_and_kind_and_name_neither(desk: Desk) -> None:
    await desk.sign_in("ana")
    await desk.sign_in("ben")
    voice = Voice("c1", desk.id("ana"), desk.id("ben"))
    await desk.hear(voice.submitted())
    await desk.hear_of_publication(voice)
    await desk.send()
    paths = {path_of(mail) for mail in desk.sink.mails}
    assert len(paths) == 4
    assert not any("ana" in path.lower() or desk.id("ana") in path for path in paths)
