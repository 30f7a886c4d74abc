"""Recording that a joint action was agreed, and taking it back, without scripts: seen before it is done."""

import pytest

from tests.web import lives
from tests.web.board_words import words
from tests.web.share_form import follow, send, sheets
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

NAMES = "Advisory Committee <b>\n\n  Varia Evening School  "
DAY = "2026-03-30"


async def test_recorded_after_one_look_shown_to_everybody_and_taken_back(site: Site) -> None:
    life = await lives.published(site, kind="joint_action")
    page, path = f"/practices/{life.id}", f"/board/practices/{life.id}/agreement"
    async with site.signed_in(lives.COORDINATOR) as http:
        assert "Record that it was agreed" in words(await http.get(page))
        form = sheets(await http.get(path))[-1].fill(**{"agreed_on": "2999-01-01", "words-de": "Ab Herbst."})
        wrong = await send(http, form, "look")
        assert wrong.status_code == 422
        assert "it cannot lie ahead" in words(wrong)
        assert "Name at least one organisation" in words(wrong)
        form = sheets(wrong)[-1].fill(**{"agreed_on": DAY, "parties": NAMES, "words-en": "From autumn on."})
        assert form.fields["words-de"] == ["Ab Herbst."]
        confirm = await send(http, form, "look")
        for told in ("Agreed on 30 March 2026.", "Advisory Committee <b>", "Varia Evening School", "Ab Herbst."):
            assert told in words(confirm)
        assert (await _agreement(site, life)) is None, "looking at it does nothing"
        changed = sheets(await send(http, sheets(confirm)[-1], "change"))[-1]
        assert changed.fields["agreed_on"] == [DAY]
        confirm = await send(http, changed, "look")
        stale = sheets(confirm)[-1]
        done = await follow(http, await send(http, stale, "record"))
        assert "The page now says that it was agreed." in words(done)
        assert (await _agreement(site, life)) == {
            "agreed_on": DAY,
            "parties": ["Advisory Committee <b>", "Varia Evening School"],
            "text": {"en": "From autumn on.", "de": "Ab Herbst."},
        }
        async with site.browser() as everybody:
            shown = words(await everybody.get(page))
            assert "Agreed on 30 March 2026." in shown
            assert "Advisory Committee <b>" in shown
            assert "Record that" not in shown
            assert "Take back" not in shown
            assert "From autumn on." in shown
            german = words(await everybody.get(f"{page}?lang=de"))
            assert "Vereinbart am 30. März 2026." in german
            assert "Ab Herbst." in german
            assert "From autumn on." not in german
            assert "Accord conclu le 30 mars 2026." in words(await everybody.get(f"{page}?lang=fr"))
        back = await http.get(path)
        assert "Take back that it was agreed?" in words(back)
        other = await follow(http, await send(http, stale.fill(once="another-form"), "record"))
        assert "Somebody was quicker" in words(other)
        done = await follow(http, await send(http, sheets(back)[-1], "take-back"))
        assert "It is taken back." in words(done)
        assert "Agreed on" not in words(await http.get(page))
        assert (await _agreement(site, life)) is None
        again = await follow(http, await send(http, sheets(back)[-1].fill(once="once-more"), "take-back"))
        assert "Somebody was quicker" in words(again)


async def test_what_the_service_refuses_is_told_at_its_field(site: Site) -> None:
    life = await lives.published(site, kind="joint_action")
    path = f"/board/practices/{life.id}/agreement"
    async with site.signed_in(lives.COORDINATOR) as http:
        form = sheets(await http.get(path))[-1].fill(agreed_on=DAY, parties="A body \u202e", **{"words-fr": "\u202e"})
        wrong = await send(http, sheets(await send(http, form, "look"))[-1], "record")
        assert wrong.status_code == 422
        assert wrong.text.count("holds a character that cannot be shown") == 4, "in the summary and at each field"
        too_long = sheets(wrong)[-1].fill(parties="x" * 301, **{"words-fr": "x" * 2001})
        wrong = await send(http, too_long, "look")
        assert "A name is too long." in words(wrong)
        assert "This is too long. Shorten it." in words(wrong)
        many = sheets(wrong)[-1].fill(parties="\n".join("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        assert "Name at most 50 of them." in words(await send(http, many, "look"))


async def test_only_a_public_joint_action_and_only_by_the_coordination(site: Site) -> None:
    lesson = await lives.published(site)
    async with site.signed_in(lives.COORDINATOR) as http:
        assert "Record that it was agreed" not in words(await http.get(f"/practices/{lesson.id}"))
        path = f"/board/practices/{lesson.id}/agreement"
        assert "Only a joint action can be agreed." in words(await follow(http, await http.get(path)))
        gone = await lives.taken_down(lesson)
        path = f"/board/practices/{gone.id}/agreement"
        assert "This practice was taken down before." in words(await follow(http, await http.get(path)))
        assert (await http.get("/board/practices/none-there/agreement")).status_code == 404
    async with site.signed_in(lives.AUTHOR) as http:
        assert (await http.get(path)).status_code == 403


async def _agreement(site: Site, life: lives.Life) -> object:
    return (await site.call(None, "submissions", "GET", f"/practices/{life.id}"))["agreement"]
