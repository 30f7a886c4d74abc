"""What people do over HTTP, who may, and strange input."""

from __future__ import annotations

import httpx
import pytest

from services.notifications.domain.preferences import ALL_SCOPE
from tests.access_table import assert_access_holds, assert_hidden_from_strangers
from tests.http_fuzz import assert_api_holds
from tests.services.notifications.desk import Desk, Json
from tests.services.notifications.voices import Voice


async def test_a_person_is_known_from_their_own_sign_in(desk: Desk) -> None:
    me = await desk.sign_in("ana", name="Ana Lopes", locale="fr")
    assert me == {
        "person_id": desk.id("ana"),
        "name": "Ana Lopes",
        "email": "ana@example.org",
        "mail": "ok",
        "language": "fr",
        "chosen_language": None,
        "languages": ["en", "fr", "de"],
        "time_zone": None,
        "unread": 0,
    }
    changed = await desk.sign_in("ana", name="Ana Silva", email="silva@example.org", locale="de")
    assert (changed["name"], changed["email"], changed["language"]) == ("Ana Silva", "silva@example.org", "de")


async def test_a_choice_of_language_outlives_sign_ins(desk: Desk) -> None:
    await desk.ok("PUT", "/me", "ana", json={"language": "fr", "time_zone": "Europe/Lisbon"})
    me = await desk.sign_in("ana", locale="de")
    assert (me["language"], me["time_zone"]) == ("fr", "Europe/Lisbon")
    again = await desk.ok("PUT", "/me", "ana", json={}, claims={"locale": "de"}, headers={"If-Match": '"1"'})
    assert again["language"] == "de"


@pytest.mark.parametrize(("path", "body"), [("/me", {"language": "fr"}), ("/preferences", {"kinds": {}})])
async def test_nobody_overwrites_what_they_have_not_seen(desk: Desk, path: str, body: Json) -> None:
    async def put(**headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await desk.call("PUT", path, "ana", json=body, headers=sent)

    unseen = await desk.call("GET", path, "ana")
    assert unseen.headers["etag"] == '"0"'
    assert (await put(If_Match='"1"')).status_code == 412
    first = await put()
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    await desk.sign_in("ana", name="Ana Silva")
    assert (await desk.call("GET", path, "ana")).headers["etag"] == '"1"', "a sign-in is no change of one's own"
    assert (await put()).status_code == 428
    assert (await put(If_Match="*")).status_code == 428
    assert (await put(If_Match="1")).status_code == 400
    assert (await put(If_None_Match='"1"')).status_code == 400
    for stale in (await put(If_None_Match="*"), await put(If_Match='"0"')):
        assert (stale.status_code, stale.json()["version"]) == (412, 1)
    assert (await put(If_Match='"1"')).headers["etag"] == '"2"'
    assert (await desk.call("PUT", path, "ben", json=body, headers={"If-None-Match": "*"})).status_code == 200


async def test_a_link_in_a_mail_counts_as_a_change_of_preferences(desk: Desk) -> None:
    await desk.ok("PUT", "/preferences", "ana", json={"kinds": {}})
    person = await desk.records.people.get(desk.id("ana"))
    assert person
    token = person.token(ALL_SCOPE)
    await desk.ok("POST", f"/unsubscribe/{token}", "ana", headers={"Accept": "application/json"})
    answer = await desk.call("PUT", "/preferences", "ana", json={"kinds": {}}, headers={"If-Match": '"1"'})
    assert answer.status_code == 412


async def test_settings_that_do_not_exist_are_refused_with_their_place(desk: Desk) -> None:
    answer = await desk.call("PUT", "/me", "ana", json={"language": "fi", "time_zone": "Mars/Olympus"})
    assert answer.status_code == 422
    language, time_zone = answer.json()["errors"]
    assert (language["pointer"], language["allowed"]) == ("/language", ["en", "fr", "de"])
    assert time_zone["pointer"] == "/time_zone"
    unknown = await desk.call("PUT", "/me", "ana", json={"email": "eve@example.org"})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["pointer"] == "/email"


async def test_the_inbox_is_read_page_by_page_and_marked(desk: Desk) -> None:
    await desk.sign_in("ana")
    for number in range(5):
        await desk.hear(Voice(f"c{number}", desk.id("ana")).submitted())
        desk.clock.pass_(minutes=1)
    first = await desk.ok("GET", "/inbox", "ana", params={"limit": 3})
    rest = await desk.ok("GET", "/inbox", "ana", params={"limit": 3, "cursor": first["next"]})
    assert [one["contribution_id"] for one in first["items"] + rest["items"]] == ["c4", "c3", "c2", "c1", "c0"]
    assert rest["next"] is None
    assert first["unread"] == 5
    entry = first["items"][0]
    assert entry["text"] == "Your contribution “Job shadowing across borders” was received."
    assert entry["link"] == "https://practice-exchange.example/contributions/c4"
    assert (entry["title"], entry["title_language"]) == ("Job shadowing across borders", "en")

    assert (await desk.call("POST", f"/inbox/{entry['id']}/read", "ana")).status_code == 204
    assert (await desk.call("POST", f"/inbox/{entry['id']}/read", "ben")).status_code == 404
    unread = await desk.ok("GET", "/inbox", "ana", params={"unread": True})
    assert (unread["unread"], len(unread["items"])) == (4, 4)
    assert await desk.ok("POST", "/inbox/read", "ana") == {"read": 4}
    assert (await desk.ok("GET", "/inbox", "ana"))["unread"] == 0


async def test_preferences_are_told_whole_and_kept(desk: Desk) -> None:
    told = await desk.ok("GET", "/preferences", "ana")
    assert told["allowed"] == {"mail": ["at_once", "daily", "off"], "inbox": ["at_once", "off"]}
    assert told["kinds"]["published"]["mail"] == "at_once"
    assert told["kinds"]["review_claimed"]["mail"] == "off"
    wanted = {"kinds": {"published": {"mail": "off"}, "submission_received": {"inbox": "off"}}}
    changed = await desk.put("/preferences", "ana", json=wanted)
    assert changed == await desk.ok("GET", "/preferences", "ana")
    voice = Voice("c1", desk.id("ana"))
    await desk.hear(voice.submitted())
    await desk.hear_of_publication(voice)
    await desk.send()
    assert [mail.subject.partition(":")[0] for mail in desk.sink.mails] == ["Received"]
    assert [one["kind"] for one in await desk.inbox("ana")] == ["published"]


async def test_preferences_nothing_can_keep_are_refused(desk: Desk) -> None:
    answer = await desk.call("PUT", "/preferences", "ana", json={"kinds": {"published": {"inbox": "daily"}}})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["allowed"]) == ("/kinds/published/inbox", ["at_once", "off"])
    unknown = await desk.call("PUT", "/preferences", "ana", json={"kinds": {"spam": {"mail": "off"}}})
    assert unknown.status_code == 422
    assert "published" in unknown.json()["errors"][0]["allowed"]


async def test_what_was_turned_off_after_it_was_queued_is_not_sent(desk: Desk) -> None:
    await desk.sign_in("ana")
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    await desk.ok("PUT", "/preferences", "ana", json={"kinds": {"submission_received": {"mail": "off"}}})
    await desk.send()
    assert not desk.sink.mails
    (cancelled,) = await desk.deliveries()
    assert (cancelled["state"], cancelled["reason"]) == ("cancelled", "turned off by its reader")


async def test_the_ledger_is_read_page_by_page_and_shows_no_address(desk: Desk) -> None:
    await desk.sign_in("ana")
    for number in range(5):
        await desk.hear(Voice(f"c{number}", desk.id("ana")).submitted())
    await desk.send()
    root = {"roles": ["administrator"]}
    first = await desk.ok("GET", "/deliveries", "root", claims=root, params={"limit": 3})
    rest = await desk.ok("GET", "/deliveries", "root", claims=root, params={"limit": 3, "cursor": first["next"]})
    assert len({one["key"] for one in first["items"] + rest["items"]}) == 5
    assert first["counts"] == {
        "held": 0, "queued": 0, "sending": 0, "sent": 5, "failed": 0, "bounced": 0, "unknown": 0, "cancelled": 0,
    }  # fmt: skip
    answer = await desk.call("GET", "/deliveries", "root", claims=root)
    assert "ana@example.org" not in answer.text
    assert "a…@example.org" in answer.text


async def test_access_holds(desk: Desk) -> None:
    await desk.sign_in("ana")
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    (entry,) = await desk.inbox("ana")
    assert await assert_access_holds(desk.app, desk.issuer, values={"notice_id": entry["id"]}) > 100
    stranger = {"sub": "eve", "organisation": "org-eve"}
    assert await assert_hidden_from_strangers(
        desk.app, desk.issuer, values={"notice_id": entry["id"]}, stranger=stranger
    )


async def test_strange_input_is_refused_as_the_document_says(desk: Desk) -> None:
    await desk.sign_in("ana", roles=["member", "administrator"])
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    await desk.send()
    (entry,) = await desk.inbox("ana")
    token = desk.sink.mails[0].header("List-Unsubscribe").partition(b"/unsubscribe/")[2][:22].decode()
    values = {"notice_id": entry["id"], "token": token}
    headers = desk.issuer.headers(sub="ana", roles=["member", "administrator"])
    assert await assert_api_holds(desk.app, headers=headers, values=values, examples=4) > 100


async def test_a_front_end_in_another_language_is_told_in_that_one(desk: Desk) -> None:
    await desk.sign_in("ana")
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    found = await desk.ok("GET", "/inbox", "ana", params={"language": "fr"})
    assert (
        found["items"][0]["text"]
        == "Votre contribution «\N{NO-BREAK SPACE}Työssäoppiminen yli rajojen\N{NO-BREAK SPACE}» est bien arrivée."
    )
    told = await desk.ok("GET", "/preferences", "ana", params={"language": "de"})
    assert told["kinds"]["published"]["label"] == "Ihr Beitrag ist veröffentlicht"
    own = await desk.ok("GET", "/inbox", "ana", params={"language": "xx"})
    assert own["items"][0]["text"].startswith("Your contribution")
