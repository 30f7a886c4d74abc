"""Sharing a practice without any script: the whole way, in any order, with everything kept."""

import re
from typing import Any

import httpx
import pytest

from tests.contents import complete_content
from tests.web.share_form import PIXEL, follow, send, sheet, sheets, words
from tests.web.site import Json, Site, fresh

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def begin(http: httpx.AsyncClient, kind: str = "practice", language: str = "en") -> str:
    """Begin a contribution through the first page; returns its id."""
    page = await http.get("/share")
    answer = await send(http, sheet(page).fill(kind=kind, source_language=language))
    found = re.fullmatch(r"/share/([0-9a-f-]{36})/title", answer.headers["location"])
    assert found, answer.headers["location"]
    return found[1]


async def content_of(site: Site, sub: str, identifier: str) -> Json:
    view = await site.call(sub, "submissions", "GET", f"/contributions/{identifier}")
    content: Json = view["content"]
    return content


async def ready_to_submit(site: Site, sub: str, **changes: Any) -> str:
    """A complete draft, made through the API; returns its id."""
    title = {"en": {"text": fresh("Ready to be handed in")}}
    content = complete_content(**{"title": title} | changes)
    made = await site.call(sub, "submissions", "POST", "/contributions", {"content": content})
    identifier: str = made["id"]
    return identifier


async def test_a_visitor_is_told_what_can_be_shared_and_to_sign_in(site: Site) -> None:
    async with site.browser() as http:
        page = await http.get("/share")
        assert page.status_code == 200
        assert "Sign in and begin" in page.text
        assert "Lesson learned" in page.text
        answer = await http.get("/share/0199aaaa-0000-7000-8000-000000000000/title")
        assert answer.headers["location"].startswith("/sign-in?to=")


async def test_a_coordinator_is_told_that_members_share(site: Site) -> None:
    async with site.signed_in("coordinator-1") as http:
        page = await http.get("/share")
        assert "Only members of the network can share" in page.text
        assert 'name="kind"' not in page.text


async def test_the_whole_way_without_scripts(site: Site) -> None:
    title = fresh("Apprentices cook abroad")
    async with site.signed_in("member-2") as http:
        identifier = await begin(http)
        page = await http.get(f"/share/{identifier}/title")
        assert "Step 2 of 13" in page.text
        form = sheet(page).fill(title=title, summary="A month in a kitchen by the sea.")
        page = await follow(http, await send(http, form, "continue"))
        form = sheet(page).fill(context="Nobody went abroad.\n\nNothing counted.")
        page = await follow(http, await send(http, form, "continue"))
        form = sheet(page).fill(actions="- We asked\n- We went", resources="Two people.")
        page = await follow(http, await send(http, form, "continue"))
        page = await follow(http, await send(http, sheet(page).fill(results="All came back."), "continue"))
        page = await follow(http, await send(http, sheet(page).fill(transferability="One partner."), "continue"))
        form = sheet(page).fill(
            evidence_level="experience", indicators__0__name="Placements", indicators__0__value="42"
        )
        page = await follow(http, await send(http, form, "continue"))
        form = sheet(page).fill(themes=["learner-mobility"], sectors=["vet"], target_groups=["vet-learners"])
        page = await follow(http, await send(http, form, "continue"))
        assert "Step 9 of 14" in page.text  # the mobility came in
        form = sheet(page).write(
            {
                "mobility.directions": ["abroad"],
                "mobility.participants": ["learners"],
                "mobility.activity_type": "traineeship",
                "mobility.duration_days": "30",
                "mobility.recognition_instruments": ["europass-mobility"],
            }
        )
        page = await follow(http, await send(http, form, "continue"))
        form = sheet(page).write({"countries.more": "Ireland; portugal", "reach": "cross-border"})
        page = await follow(http, await send(http, form, "continue"))
        assert sheet(page).fields["lead_organisation.name"] == ["Corrib Kitchen College"]
        assert sheet(page).fields["authors.0.name"] == ["Aoife Tarpey"]
        form = sheet(page).write({"lead_organisation.country": "Ireland"})
        page = await follow(http, await send(http, form, "continue"))
        form = sheet(page).write({"period.start": "2024-09-01", "links.0.url": "https://example.org/cooks"})
        page = await follow(http, await send(http, form, "continue"))
        page = await follow(http, await send(http, sheet(page, 1), "continue"))  # no files
        form = sheet(page).write(
            {"declarations.rights": "yes", "declarations.consent": "yes", "contact.visibility": "members"}
        )
        assert form.fields["licence"] == ["CC-BY-4.0"]
        page = await follow(http, await send(http, form, "continue"))
        assert page.url.path == f"/share/{identifier}/check"
        assert "Everything that is needed is there." in page.text, words(page)
        preview = await http.get(f"/share/{identifier}/preview")
        assert title in preview.text
        assert "<li>We asked</li>" in preview.text
        page = await follow(http, await send(http, sheet(page)))
        assert page.url.path == f"/share/{identifier}/submitted"
        assert "What happens next" in page.text
        closed = await http.get(f"/share/{identifier}/title")
        assert closed.headers["location"] == f"/mine/{identifier}"
    content = await content_of(site, "member-2", identifier)
    assert content["countries"] == ["IE", "PT"]
    assert content["indicators"] == [{"name": {"en": {"text": "Placements", "provenance": "original"}}, "value": 42}]
    assert content["lead_organisation"]["id"] == "corrib-kitchen-college"
    assert content["authors"][0]["person_id"] == site.person_id("member-2")
    view = await site.call("member-2", "submissions", "GET", f"/contributions/{identifier}")
    assert view["state"] in ("submitted", "in_review")


async def test_rows_are_added_and_removed_by_buttons(site: Site) -> None:
    async with site.signed_in("member-1") as http:
        identifier = await begin(http)
        page = await http.get(f"/share/{identifier}/who")
        form = sheet(page).write({"authors.0.name": "First Author"})
        answer = await send(http, form, "add:authors")
        assert answer.headers["location"] == f"/share/{identifier}/who?add=authors#authors-1-name"
        page = await follow(http, answer)
        form = sheet(page).write({"authors.1.name": "Second Author"})
        page = await follow(http, await send(http, form, "add:authors"))
        form = sheet(page).write({"authors.2.name": "Third Author"})
        page = await follow(http, await send(http, form, "remove:authors.1"))
        names = [values[0] for name, values in sheet(page).fields.items() if re.fullmatch(r"authors.\d.name", name)]
        assert names == ["First Author", "Third Author"]
    content = await content_of(site, "member-1", identifier)
    assert [author["name"] for author in content["authors"]] == ["First Author", "Third Author"]
    assert content["authors"][0]["person_id"] == site.person_id("member-1")


async def test_the_organisation_that_leads_is_tied_to_the_sign_in_or_not(site: Site) -> None:
    async with site.signed_in("member-2") as http:
        identifier = await begin(http)
        form = sheet(await http.get(f"/share/{identifier}/who"))
        assert form.fields["lead_organisation.id"] == ["corrib-kitchen-college"]
        form.write({"lead_organisation.name": "Somebody else"}).fields.pop("lead_organisation.id")
        await follow(http, await send(http, form, "continue"))
        lead = (await content_of(site, "member-2", identifier))["lead_organisation"]
        assert (lead["name"], "id" in lead) == ("Somebody else", False)
    tied = await ready_to_submit(site, "member-2")  # to another organisation of the network, and it stays so
    async with site.signed_in("member-2") as http:
        page = await http.get(f"/share/{tied}/who")
        assert "This is an organisation of the network (north-school)" in page.text
        await follow(http, await send(http, sheet(page), "continue"))
    assert (await content_of(site, "member-2", tied))["lead_organisation"]["id"] == "north-school"


async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(site: Site) -> None:
    async with site.signed_in("member-1") as http:
        identifier = await begin(http)
        page = await http.get(f"/share/{identifier}/background")
        form = sheet(page).write({"period.start": "2024-05-01", "period.end": "2024-01-01", "links.0.url": "example"})
        page = await send(http, form, "continue")
        assert page.status_code == 422
        assert 'href="#links-0-url"' in page.text
        assert 'id="links-0-url-error"' in page.text
        assert "Write the whole web address, beginning with https://." in page.text
        assert sheet(page).fields["links.0.url"] == ["example"]
        assert "<title>Error:" in page.text
        page = await http.get(f"/share/{identifier}/where")
        page = await send(http, sheet(page).write({"countries.more": "Ireland; Atlantis"}), "continue")
        assert page.status_code == 422
        assert "We know no country of that name" in page.text
        assert sheet(page).fields["countries.more"] == ["Atlantis"]
        assert sheet(page).fields["countries"] == ["IE"]
        page = await http.get(f"/share/{identifier}/title", params={"lang": "de"})
        page = await send(http, sheet(page).fill(title="x" * 121), "continue")
        assert "Kürzen Sie" in page.text


async def test_the_checklist_leads_to_each_field(site: Site) -> None:
    async with site.signed_in("member-1") as http:
        identifier = await begin(http, "lesson_learned")
        page = await http.get(f"/share/{identifier}/check")
        links = re.findall(rf'href="(/share/{identifier}/([a-z]+)#([\w-]+))"', page.text)
        assert {"title", "failure", "causes", "change", "countries", "period-start"} <= {one[2] for one in links}
        assert "results" not in {one[2] for one in links}
        for address, _, control in links:
            assert f'id="{control}"' in (await http.get(address)).text, address
        assert "Submit it" not in page.text
        answer = await http.get(f"/share/{identifier}/at", params={"field": "/period/start"})
        assert answer.headers["location"] == f"/share/{identifier}/background#period-start"


async def test_somebody_elses_contribution_is_not_there(site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    async with site.signed_in("member-3") as http:
        pages = ("", "/title", "/files", "/languages", "/preview", "/check", "/submitted", "/at?field=/title")
        for page in pages:
            assert (await http.get(f"/share/{identifier}{page}")).status_code == 404, page
        own = await begin(http)
        form = sheet(await http.get(f"/share/{own}/title")).fill(title="Mine now")
        form.action = f"/share/{identifier}/title"
        assert (await send(http, form, "continue")).status_code == 404
        form.action = f"/share/{identifier}/submit"
        assert (await send(http, form)).status_code == 404


async def test_a_second_language_is_added_kept_apart_and_removed(site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1", indicators=[{"name": {"en": {"text": "Trips"}}, "value": 3}])
    async with site.signed_in("member-1") as http:
        page = await http.get(f"/share/{identifier}/languages")
        page = await follow(http, await send(http, sheet(page).fill(language="fr")))
        assert "You are translating into French" in page.text
        page = await follow(http, await send(http, sheet(page).fill(title="Prête à partir"), "continue"))
        assert "1 of" in page.text
        page = await http.get(f"/share/{identifier}/evidence?in=fr")
        page = await follow(http, await send(http, sheet(page).write({"indicators.0.name": "Voyages"}), "continue"))
        content = await content_of(site, "member-1", identifier)
        assert content["title"]["fr"] == {"text": "Prête à partir", "provenance": "human"}
        assert content["title"]["en"]["provenance"] == "original"
        assert content["indicators"][0]["name"]["fr"]["text"] == "Voyages"
        assert content["indicators"][0]["value"] == 3
        page = await http.get(f"/share/{identifier}/languages/fr/remove")
        await follow(http, await send(http, sheet(page)))
        content = await content_of(site, "member-1", identifier)
        assert content["title"].keys() == {"en"}
        assert content["indicators"][0]["name"].keys() == {"en"}


async def test_texts_move_with_the_language_they_are_written_in(site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    async with site.signed_in("member-1") as http:
        page = await http.get(f"/share/{identifier}/kind")
        await follow(http, await send(http, sheet(page).fill(source_language="de"), "continue"))
    content = await content_of(site, "member-1", identifier)
    assert content["source_language"] == "de"
    assert content["title"].keys() == content["context"].keys() == {"de"}


async def test_near_duplicates_are_shown_before_submitting(site: Site) -> None:
    first = await ready_to_submit(site, "member-4")
    await site.call("member-4", "submissions", "POST", f"/contributions/{first}/submit")
    second = await ready_to_submit(site, "member-4")
    async with site.signed_in("member-4") as http:
        page = await http.get(f"/share/{second}/check?lang=en")
        assert "Much like this" in page.text
        assert f'href="/mine/{first}"' in page.text
        assert "Your own contribution" in page.text


async def test_sending_twice_submits_once_and_a_later_change_is_looked_at_first(site: Site) -> None:
    identifier = await ready_to_submit(site, "member-5")
    async with site.signed_in("member-5") as http:
        form = sheet(await http.get(f"/share/{identifier}/check"))
        stale = sheet(await http.get(f"/share/{identifier}/title")).fill(title=fresh("Changed after the look"))
        await follow(http, await send(http, stale, "continue"))
        page = await follow(http, await send(http, form))
        assert "It was changed after you opened this page" in page.text
        form = sheet(page)
        first, second = await send(http, form), await send(http, form)
        assert first.headers["location"] == second.headers["location"] == f"/share/{identifier}/submitted"
    versions = await site.call("member-5", "submissions", "GET", f"/contributions/{identifier}/versions")
    assert len(versions["items"] if isinstance(versions, dict) else versions) == 1


async def test_hostile_text_in_every_field_is_harmless(site: Site) -> None:
    evil = "\"><script>alert(1)</script>{{ 7*7 }}%(x)s&amp;</textarea>'"
    identifier = await ready_to_submit(site, "member-1", indicators=[{"name": {"en": {"text": evil}}, "value": evil}])
    async with site.signed_in("member-1") as http:
        for step in ("title", "context", "actions", "results", "transfer", "evidence", "who", "background", "terms"):
            page = await http.get(f"/share/{identifier}/{step}")
            form = sheet(page)
            for name, values in form.fields.items():
                written = name.rpartition(".")[2] not in ("seen", "language", "translating", "csrf", "once", "rest")
                if written and name not in form.choices and "url" not in name and "period" not in name:
                    form.fields[name] = [evil[:100] for _ in values]
            answer = await send(http, form, "continue")
            for shown in (answer, await http.get(f"/share/{identifier}/{step}?add={evil}&in={evil}")):
                assert "<script>alert" not in shown.text
        for page_name in ("preview", "check", "languages", "files"):
            shown = await http.get(f"/share/{identifier}/{page_name}")
            assert shown.status_code == 200
            assert "<script>alert" not in shown.text
        assert sheet(await http.get(f"/share/{identifier}/title")).fields["title"] == [evil[:100]]


@pytest.mark.parametrize("spoil", ["seen", "language", "rest"])
async def test_a_spoilt_form_spoils_nothing(site: Site, spoil: str) -> None:
    identifier = await ready_to_submit(site, "member-1")
    before = await content_of(site, "member-1", identifier)
    async with site.signed_in("member-1") as http:
        form = sheet(await http.get(f"/share/{identifier}/who"))
        for name in form.fields:
            if name.rpartition(".")[2] == spoil:
                form.fields[name] = ['{"name": [[[', "x" * 100]
        answer = await send(http, form, "continue")
        assert answer.status_code in (303, 409, 422)
    after = await content_of(site, "member-1", identifier)
    assert after["authors"][0]["name"] == before["authors"][0]["name"]
    assert after["title"] == before["title"]


async def test_files_without_scripts(site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    async with site.signed_in("member-1") as http:

        async def upload(name: str, body: bytes, kind: str, **fields: str) -> httpx.Response:
            forms = sheets(await http.get(f"/share/{identifier}/files"))
            form = next(one for one in forms if ("do", "upload") in one.buttons).fill(**fields)
            return await send(http, form, "upload", files={"file": (name, body, kind)})

        page = await upload("dot.png", PIXEL, "image/png")
        assert page.status_code == 422
        assert "Say in words what the image shows" in page.text
        page = await follow(http, await upload("dot.png", PIXEL, "image/png", alt_text="A dot", licence="CC0-1.0"))
        assert "The file is there." in page.text
        assert 'alt="A dot"' in page.text
        page = await upload("large.txt", b"a" * (26 * 1024 * 1024), "text/plain")
        assert "This file is too large" in page.text
        page = await upload("page.html", b"<!doctype html><script>alert(1)</script>", "text/html")
        assert "This kind of file is not taken" in page.text
        page = await follow(http, await upload("notes.txt", b"Nine megabytes. " * 600_000, "text/plain"))
        assert "2 files" in page.text
        view = await site.call("member-1", "submissions", "GET", f"/contributions/{identifier}")
        found = [(one["name"], one.get("alt_text"), one["licence"]) for one in view["attachments"]]
        assert found == [("dot.png", "A dot", "CC0-1.0"), ("notes.txt", None, "CC-BY-4.0")]
        form = next(one for one in sheets(page) if view["attachments"][1]["id"] in one.action)
        await follow(http, await send(http, form.fill(alt_text="Notes of the trip")))
        image = await http.get(f"/share/{identifier}/files/{view['attachments'][0]['id']}")
        assert (image.content, image.headers["content-type"]) == (PIXEL, "image/png")
        assert image.headers["x-content-type-options"] == "nosniff"
        dot = view["attachments"][0]["id"]
        form = next(one for one in sheets(await http.get(f"/share/{identifier}/files")) if dot in one.action)
        page = await send(http, form.fill(alt_text="", licence="CC-BY-SA-4.0"))
        assert page.status_code == 422
        refused = next(one for one in sheets(page) if dot in one.action)
        assert (refused.fields["alt_text"], refused.fields["licence"]) == ([""], ["CC-BY-SA-4.0"])
        remove = await http.get(f"/share/{identifier}/files/{dot}/remove")
        page = await follow(http, await send(http, sheet(remove)))
        assert "1 file" in page.text
    view = await site.call("member-1", "submissions", "GET", f"/contributions/{identifier}")
    assert [one["alt_text"] for one in view["attachments"]] == ["Notes of the trip"]


async def test_an_image_nobody_described_keeps_it_from_being_submitted(site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    path = f"/contributions/{identifier}/attachments"
    sent = await site.ask("member-1", "submissions", "POST", path, content=PIXEL, params={"name": "dot.png"})
    assert sent.status_code == 201
    async with site.signed_in("member-1") as http:
        page = await http.get(f"/share/{identifier}/check")
        assert f'href="/share/{identifier}/files#alt_text-{sent.json()["id"]}"' in page.text
        assert "Submit it" not in page.text


async def test_an_empty_draft_begins_with_its_kind_and_language(site: Site) -> None:
    made = await site.call("member-1", "submissions", "POST", "/contributions")
    async with site.signed_in("member-1") as http:
        for name in ("title", "who", "languages"):
            answer = await http.get(f"/share/{made['id']}/{name}")
            assert answer.headers["location"] == f"/share/{made['id']}/kind"
        for name in ("files", "check", "preview"):
            assert (await http.get(f"/share/{made['id']}/{name}")).status_code == 200
        answer = await http.get(f"/share/{made['id']}")
        form = sheet(await follow(http, answer))
        page = await follow(http, await send(http, form.fill(kind="joint_action", source_language="fr"), "continue"))
        assert page.url.path.endswith("/title")
        assert "proposal" in page.text
    content = await content_of(site, "member-1", made["id"])
    assert (content["kind"], content["source_language"]) == ("joint_action", "fr")


async def test_pages_are_light_and_ask_little_in_sequence(site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    async with site.signed_in("member-1") as http:
        for page in ("title", "fits", "where", "who", "background", "terms", "files", "languages", "preview", "check"):
            answer = await http.get(f"/share/{identifier}/{page}")
            assert answer.status_code == 200
            told = re.search(r'sequence;desc="(\d+)"', answer.headers["server-timing"])
            assert told, answer.headers["server-timing"]
            assert int(told[1]) <= 3, page
            assert answer.num_bytes_downloaded < 40_000, f"{page}: {answer.num_bytes_downloaded}"


async def test_what_one_author_typed_on_a_device_is_not_offered_to_another(site: Site) -> None:
    async with site.signed_in("member-1") as one, site.signed_in("member-2") as other:
        identifier = await begin(one)
        view = await site.call("member-1", "submissions", "GET", f"/contributions/{identifier}")
        names = [{"name": name, "person_id": site.person_id(name)} for name in ("member-1", "member-2")]
        body = {"content": {"authors": names}}
        match = {"if-match": f'"{view["revision"]}"'}
        await site.call("member-1", "submissions", "PATCH", f"/contributions/{identifier}", body, headers=match)
        kept_as = set()
        for http in (one, other):
            page = await http.get(f"/share/{identifier}/title")
            assert page.status_code == 200
            found = re.search(r'data-share="([^"]+)"', page.text)
            assert found
            kept_as.add(found[1])
        assert len(kept_as) == 2
