"""Deciding a case and taking a practice down, without scripts: seen before it is sent, and nothing typed is lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from local.free_ports import free_port
from tests.waiting import eventually
from tests.web import lives
from tests.web.board_words import words
from tests.web.front_end import front_end
from tests.web.share_form import Reader, Sheet, follow, send, sheets
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def decision_form(http: httpx.AsyncClient, life: lives.Life, outcome: str) -> Sheet:
    return sheets(await http.get(f"/board/{life.case_id}/decision?outcome={outcome}"))[-1]


async def reviewed(site: Site, **changes: Any) -> lives.Life:
    life = await lives.in_review(site)
    await life.review(**changes)
    return life


async def test_assigned_reviewed_and_approved(site: Site) -> None:
    life = await lives.in_review(site)
    await site.call(lives.REVIEWER, "review", "GET", "/cases")
    async with site.signed_in(lives.COORDINATOR) as http:
        page = await http.get(f"/board/{life.case_id}")
        mine = site.person_id(lives.REVIEWER)
        await follow(http, await send(http, next(one for one in sheets(page) if one.fields["reviewer_id"] == [mine])))
        await life.review(confidential="Between us: well known.", text_to_author="A joy to read.")
        page = await http.get(f"/board/{life.case_id}/decision")
        for shown in ("Helena Lindqvist", "Recommends Approve", "In confidence, for coordinators alone", "3: good"):
            assert shown in words(page)
        assert "1 review recommends this." in words(page)
        form = await decision_form(http, life, "approve")
        assert "innovative" in form.choices["reasons"]
        assert "duplicate" not in form.choices["reasons"]
        confirm = await send(http, form.fill(reasons=["innovative"], text="We are glad to have it."), "look")
        said = words(confirm)
        sent = said[said.index("What the authors get") :]
        for told in ("New to the network", "We are glad to have it.", "A joy to read.", "A clear summary."):
            assert told in sent
        assert "Between us" not in said
        assert "Helena" not in said
        assert "It is published at once" in said
        assert (await life.seen())["state"] == "in_review"  # looking at it does nothing
        done = await follow(http, await send(http, sheets(confirm)[-1], "decide"))
        assert "Approved. The authors are told." in words(done)
    await life.come_to("published")


async def test_changes_are_asked_for(site: Site) -> None:
    life = await reviewed(site, recommendation="request_changes")
    async with site.signed_in(lives.COORDINATOR) as http:
        form = await decision_form(http, life, "request_changes")
        # Nothing chosen, nothing written: said at the fields, nothing sent.
        wrong = await send(http, form, "look")
        assert wrong.status_code == 422
        assert 'href="#reasons"' in wrong.text
        assert 'href="#text"' in wrong.text
        form = sheets(wrong)[-1].fill(reasons=["unclear"], text="Say who took part.")
        confirm = await send(http, form, "look")
        # Back to the form: everything is still there; and on again.
        back = sheets(await send(http, sheets(confirm)[-1], "change"))[-1]
        assert (back.fields["text"], back.fields["reasons"]) == (["Say who took part."], ["unclear"])
        confirm = await send(http, back.fill(text="Say who took part, and when."), "look")
        await follow(http, await send(http, sheets(confirm)[-1], "decide"))
    await life.come_to("changes_requested")
    feedback = (await life.seen())["feedback"]
    assert (feedback["text"], feedback["reason_codes"]) == ("Say who took part, and when.", ["unclear"])


async def test_against_all_reviews_needs_a_reason_that_stays_here(site: Site) -> None:
    life = await reviewed(site)  # recommends to approve
    async with site.signed_in(lives.COORDINATOR) as http:
        form = (await decision_form(http, life, "reject")).fill(reasons=["duplicate"], text="We have it.")
        wrong = await send(http, form, "look")
        assert wrong.status_code == 422
        assert "No review recommends this. Say why you decide so all the same." in words(wrong)
        form = sheets(wrong)[-1]
        assert form.fields["text"] == ["We have it."]
        confirm = await send(http, form.fill(dissent="The reviewer could not know."), "look")
        said = words(confirm)
        assert said.index("The reviewer could not know.") > said.index("What stays here")
        await follow(http, await send(http, sheets(confirm)[-1], "decide"))
        trail = words(await http.get(f"/board/{life.case_id}/trail"))
        assert "The trail is whole." in trail
        assert "It was decided: Reject." in trail
        assert "Why against the reviews The reviewer could not know." in trail
    await life.come_to("rejected")
    assert "could not know" not in str(await life.seen())


async def test_below_the_number_of_reviews_needs_a_reason(site: Site) -> None:
    life = await lives.in_review(site)
    async with site.signed_in(lives.COORDINATOR) as http:
        form = (await decision_form(http, life, "reject")).fill(reasons=["out-of-scope"], text="It is not ours.")
        wrong = await send(http, form, "look")
        assert "There are too few reviews. Say why you decide without waiting for the others." in words(wrong)
        form = sheets(wrong)[-1].fill(override="It is plainly advertising.")
        confirm = await send(http, form, "look")
        await follow(http, await send(http, sheets(confirm)[-1], "decide"))
        assert "It is plainly advertising." in words(await http.get(f"/board/{life.case_id}/trail"))
    await life.come_to("rejected")


async def test_another_outcome_keeps_what_was_typed(site: Site) -> None:
    life = await reviewed(site)
    async with site.signed_in(lives.COORDINATOR) as http:
        form = (await decision_form(http, life, "approve")).fill(text="As it stands.", publish_on="2031-01-01")
        wrong = await send(http, form, "look")
        assert "Choose a day from tomorrow on, within 366 days." in words(wrong)
        turned = sheets(await send(http, sheets(wrong)[-1], "request_changes"))[-1]
        assert turned.fields["outcome"] == ["request_changes"]
        assert turned.fields["text"] == ["As it stands."]
        assert "incomplete" in turned.choices["reasons"]
        again = sheets(await send(http, turned, "approve"))[-1]
        assert again.fields["publish_on"] == ["2031-01-01"]
        day = (datetime.now(UTC) + timedelta(days=40)).date()
        confirm = await send(http, again.fill(publish_on=day.isoformat()), "look")
        assert f"It is published on {day.day} " in words(confirm)
        await follow(http, await send(http, sheets(confirm)[-1], "decide"))
    await life.come_to("approved")
    assert (await life.seen())["publish_at"].startswith(day.isoformat())


async def test_a_second_decision_is_refused_in_words_and_what_was_typed_is_shown(site: Site) -> None:
    life = await reviewed(site)
    async with site.signed_in(lives.COORDINATOR) as http, site.signed_in("coordinator-2") as other:
        form = (await decision_form(http, life, "approve")).fill(text="My words, not lost.")
        confirm = await send(http, form, "look")
        theirs = await send(other, await decision_form(other, life, "approve"), "look")
        await follow(other, await send(other, sheets(theirs)[-1], "decide"))
        refused = await send(http, sheets(confirm)[-1], "decide")
        assert refused.status_code == 409
        assert "Your decision was not made." in words(refused)
        assert "My words, not lost." in words(refused)
        # The decision page of a decided case shows the reviews and offers no second decision.
        page = await http.get(f"/board/{life.case_id}/decision")
        assert "This round is decided: Approved." in words(page)
        assert not sheets(page)


async def test_a_decision_on_a_round_that_is_over_does_not_fall_on_the_next(site: Site) -> None:
    life = await lives.in_review(site)
    early = {"text": "My words, not lost.", "override": "The call closes tomorrow."}
    async with site.signed_in(lives.COORDINATOR) as http, site.signed_in("coordinator-2") as other:
        form = (await decision_form(http, life, "reject")).fill(reasons=["out-of-scope"], **early)
        confirm = await send(http, form, "look")
        form = (await decision_form(other, life, "request_changes")).fill(reasons=["unclear"], **early)
        await follow(other, await send(other, sheets(await send(other, form, "look"))[-1], "decide"))
        await life.come_to("changes_requested")
        path = f"/contributions/{life.id}/resubmit"
        await site.call(life.author, "submissions", "POST", path, {"answers": []})

        async def opened() -> bool:
            case = await site.call(lives.COORDINATOR, "review", "GET", f"/cases/{life.case_id}")
            return (case["round"], case["state"]) == (2, "open")

        await eventually(opened)
        refused = await send(http, sheets(confirm)[-1], "decide")
        assert refused.status_code == 409
        assert "it is examined anew now" in words(refused)
        assert "My words, not lost." in words(refused)
        # Who has looked at the new round may decide it.
        confirm = await send(http, sheets(refused)[-1], "look")
        await follow(http, await send(http, sheets(confirm)[-1], "decide"))
    await life.come_to("rejected")


async def test_a_decision_sent_twice_has_one_effect(site: Site) -> None:
    life = await reviewed(site)
    async with site.signed_in(lives.COORDINATOR) as http:
        confirm = await send(http, await decision_form(http, life, "approve"), "look")
        form = sheets(confirm)[-1]
        for _ in range(2):
            assert (await send(http, form, "decide")).status_code == 303
    trail = await site.call(lives.COORDINATOR, "review", "GET", f"/cases/{life.case_id}/trail")
    assert [step["act"] for step in trail["items"]].count("decided") == 1


async def test_while_the_service_is_away_what_was_typed_is_kept_and_sent_again(site: Site) -> None:
    life = await reviewed(site)
    action = f"/board/{life.case_id}/decision"
    async with site.signed_in(lives.COORDINATOR) as http:
        form = (await decision_form(http, life, "approve")).fill(text="Typed once, <b>not</b> twice.")
        form = sheets(await send(http, form, "look"))[-1]
        async with (
            front_end(site, REVIEW_URL=f"http://127.0.0.1:{free_port()}") as address,
            httpx.AsyncClient(base_url=address, cookies=http.cookies, headers={"origin": address}) as other,
        ):
            answer = await other.post(action, data=form.fields | {"do": ["decide"]})
        assert answer.status_code == 503
        assert "Typed once, <b>not</b> twice." in words(answer)
        reader = Reader()
        reader.feed(answer.text)
        kept = next(one for one in reader.sheets if one.action == action)
        fields = {name: [value.removeprefix("\n") for value in values] for name, values in kept.fields.items()}
        assert (await http.post(action, data=fields)).status_code == 303
    await life.come_to("published")


async def test_an_appeal_is_for_a_second_coordinator(site: Site) -> None:
    life = await reviewed(site, recommendation="reject")
    await life.decide("reject", "duplicate")
    await life.come_to("rejected")
    await site.call(life.author, "submissions", "POST", f"/contributions/{life.id}/appeal", {"text": "It differs."})
    await life.come_to("in_review")

    async def reopened() -> bool:
        case = await site.call(lives.COORDINATOR, "review", "GET", f"/cases/{life.case_id}")
        return bool(case["state"] == "open" and case["appeal"])

    await eventually(reopened)
    await life.review("reviewer-4", recommendation="approve")
    async with site.signed_in(lives.COORDINATOR) as http:
        assert life.title in words(await http.get("/board?show=appealed"))
        assert "The authors appealed." in words(await http.get(f"/board/{life.case_id}/trail"))
        form = (await decision_form(http, life, "approve")).fill(text="So be it.")
        refused = await send(http, sheets(await send(http, form, "look"))[-1], "decide")
        assert refused.status_code == 409
        assert "A second coordinator has to decide on it." in words(refused)
        assert sheets(refused)[-1].fields["text"] == ["So be it."]


async def test_a_practice_is_taken_down_after_one_look_at_what_will_happen(site: Site) -> None:
    life = await lives.published(site)
    path = f"/board/practices/{life.id}/take-down"
    async with site.signed_in(lives.COORDINATOR) as http:
        form = sheets(await http.get(path))[-1]
        wrong = await send(http, form, "look")
        assert wrong.status_code == 422
        assert "Choose a reason." in words(wrong)
        form = sheets(wrong)[-1].fill(reason_code="personal-data", reason="<b>It named a pupil.</b>")
        confirm = await send(http, form, "look")
        assert "This cannot be taken back." in words(confirm)
        assert "Holds personal data without consent <b>It named a pupil.</b>" in words(confirm)
        assert (await site.ask(None, "submissions", "GET", f"/practices/{life.id}")).status_code == 200
        done = await follow(http, await send(http, sheets(confirm)[-1], "take-down"))
        assert "The practice is taken down." in words(done)
        gone = await site.ask(None, "submissions", "GET", f"/practices/{life.id}")
        assert gone.status_code == 410
        assert "This practice was taken down before." in words(await follow(http, await http.get(path)))


async def test_forms_of_others_change_nothing(site: Site) -> None:
    life = await reviewed(site)
    async with site.signed_in(lives.COORDINATOR) as http:
        form = sheets(await send(http, await decision_form(http, life, "approve"), "look"))[-1]
        elsewhere = {"origin": "https://evil.example"}
        assert (await send(http, form, "decide", headers=elsewhere)).status_code == 403
        form.fields["csrf"] = ["forged.token"]
        assert (await send(http, form, "decide")).status_code == 403
    assert (await life.seen())["state"] == "in_review"
