"""The steps authors take, without scripts: each says what it does and asks once, or why it cannot be done now."""

import pytest

from tests.web import lives
from tests.web.share_form import follow, send, sheet, sheets, words
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

AUTHOR = "member-2"


async def test_withdrawing_and_taking_it_up_again(site: Site) -> None:
    life = await lives.in_review(site, author=AUTHOR)
    async with site.signed_in(AUTHOR) as http:
        asked = await http.get(f"/mine/{life.id}/withdraw")
        assert "Nothing is deleted." in words(asked)
        assert (await life.seen())["state"] == "in_review"  # a link changes nothing
        form = sheet(asked)
        done = await follow(http, await send(http, form))
        assert "Withdrawn. Nobody reviews it any more." in words(done)
        assert (await life.seen())["state"] == "withdrawn"
        again = await send(http, form)  # sent twice, done once
        assert again.status_code == 303
        refused = await http.get(f"/mine/{life.id}/withdraw")
        assert refused.status_code == 409
        assert "This cannot be withdrawn now" in words(refused)
        done = await send(http, sheet(await http.get(f"/mine/{life.id}/revise")))
        assert done.headers["location"] == f"/share/{life.id}"
        seen = await life.seen()
        assert (seen["state"], seen["version"]) == ("draft", 2)


async def test_a_draft_is_discarded_and_taken_back(site: Site) -> None:
    life = await lives.drafted(site, author=AUTHOR)
    async with site.signed_in(AUTHOR) as http:
        form = sheet(await http.get(f"/mine/{life.id}/discard"))
        done = await follow(http, await send(http, form))
        assert "You can restore it here for 30 days." in words(done)
        assert life.title in words(done)
        assert (await send(http, form)).headers["location"] == "/mine?show=discarded"  # sent twice
        assert life.title not in words(await http.get("/mine"))
        assert (await http.get(f"/mine/{life.id}")).headers["location"] == "/mine?show=discarded"  # from a mail
        done = await follow(http, await http.post(f"/mine/{life.id}/restore", data=form.fields | {"once": "another"}))
        assert "The draft is back, with everything in it." in words(done)
        assert (await life.seen())["state"] == "draft"


async def test_a_draft_that_was_changed_meanwhile_is_not_discarded_unseen(site: Site) -> None:
    life = await lives.drafted(site, author=AUTHOR)
    async with site.signed_in(AUTHOR) as http:
        form = sheet(await http.get(f"/mine/{life.id}/discard"))
        seen = await site.ask(AUTHOR, "submissions", "GET", f"/contributions/{life.id}")
        match = {"If-Match": seen.headers["ETag"]}
        change = {"content": {"reach": "local"}}
        await site.call(AUTHOR, "submissions", "PATCH", f"/contributions/{life.id}", change, headers=match)
        done = await follow(http, await send(http, form))
        assert "It was changed after you opened this page." in words(done)
    assert (await life.seen())["state"] == "draft"


async def test_what_is_published_is_confirmed_and_revised_and_the_revision_discarded(site: Site) -> None:
    life = await lives.published(site, author=AUTHOR)
    async with site.signed_in(AUTHOR) as http:
        done = await follow(http, await send(http, sheet(await http.get(f"/mine/{life.id}/confirm"))))
        assert "Readers see that it still holds." in words(done)
        assert "Confirmed as still valid" in words(done)
        await send(http, sheet(await http.get(f"/mine/{life.id}/revise")))
        page = words(await http.get(f"/mine/{life.id}"))
        assert "Draft of version 2, not yet submitted; version 1 is public." in page
        assert "What is published stays public meanwhile, as it is." in page
        await send(http, sheet(await http.get(f"/mine/{life.id}/discard")))
        back = await http.get(f"/mine/{life.id}")
        assert "Version 1 published" in words(back)
        restore = next(one for one in sheets(back) if one.action.endswith("/restore"))
        done = await follow(http, await send(http, restore))
        assert "Draft of version 2" in words(done)
        gone = await follow(http, await send(http, restore))  # sent twice
        assert "Draft of version 2" in words(gone)


async def test_an_appeal_needs_reasons_and_is_made_once(site: Site) -> None:
    wrong_appeals = (
        ("", "Say why it should be looked at again."),
        ("x" * 4001, "This is too long."),
        ("a\u202eb", "character in it that cannot be kept"),
    )
    life = await lives.in_review(site, author=AUTHOR)
    await life.review(recommendation="reject")
    await life.decide("reject", "duplicate")
    await life.come_to("rejected")
    async with site.signed_in(AUTHOR) as http:
        form = sheet(await http.get(f"/mine/{life.id}/appeal"))
        for text, told in wrong_appeals:
            wrong = await send(http, form.fill(text=text))
            assert wrong.status_code == 422
            assert told in words(wrong)
            assert 'href="#text"' in wrong.text
        done = await follow(http, await send(http, form.fill(text="The other practice is about something else.")))
        assert "Your appeal is handed in." in words(done)
        assert "The other practice is about something else." in words(done)
        refused = await http.get(f"/mine/{life.id}/appeal")
        assert refused.status_code == 409
        assert "There is nothing to appeal against now" in words(refused)


async def test_steps_that_do_not_follow_are_refused_in_plain_words_and_in_the_readers_language(site: Site) -> None:
    life = await lives.drafted(site, author=AUTHOR)
    async with site.signed_in(AUTHOR) as http:
        csrf = sheet(await http.get(f"/mine/{life.id}/discard")).fields["csrf"][0]
        for step, told in (
            ("withdraw", "Dieser Beitrag kann jetzt nicht zurückgezogen werden"),
            ("revise", "Jetzt lässt sich keine neue Version beginnen"),
            ("confirm", "Es gibt nichts zu bestätigen"),
        ):
            answer = await http.post(f"/mine/{life.id}/{step}?lang=de", data={"csrf": csrf})
            assert answer.status_code == 409
            assert told in words(answer)
            assert "Entwurf der Version 1, noch nicht eingereicht." in words(answer)
    assert (await life.seen())["state"] == "draft"
