"""The reviewers' room without scripts: claim, write, finish; hand back, declare a conflict, pause."""

import re
from typing import Any

import httpx
import pytest

from tests.contents import said
from tests.life import CRITERIA, GATES
from tests.waiting import eventually
from tests.web import lives
from tests.web.site import Site, fresh
from tests.web.weights import MOST_BYTES, MOST_IN_SEQUENCE, in_sequence, weight

pytestmark = pytest.mark.asyncio(loop_scope="package")

WRITER, OTHER, RESTING, DECLARING = "reviewer-3", "reviewer-4", "reviewer-5", "reviewer-6"


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that posts to ``action``."""
    form = page.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


async def send(http: httpx.AsyncClient, page: str, action: str, **fields: str) -> httpx.Response:
    """Send the form with these fields filled in, and follow where it leads."""
    own = {name: value.replace("&#34;", '"') for name, value in hidden(page, action).items()}
    return await http.post(action, data=own | fields, follow_redirects=True)


def whole_review(**changes: str) -> dict[str, str]:
    """A form in which everything is filled in."""
    fields = {f"gate-{gate}": "yes" for gate in GATES}
    for criterion in CRITERIA:
        fields |= {f"score-{criterion}": "3", f"reason-{criterion}": f"Shown in the numbers of {criterion}."}
    return fields | {"text_to_author": "Thank you, this is useful.", "recommendation": "approve"} | changes


async def take(http: httpx.AsyncClient, case: str) -> str:
    """Take a case by its button and return the page with the form."""
    page = (await http.get(case)).text
    taken = await send(http, page, f"{case}/claim")
    assert taken.status_code == 200
    assert "This case is yours until" in taken.text
    return taken.text


async def test_a_reviewer_claims_writes_and_finishes(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        page = await take(http, case)
        # Half of it is saved, and comes back; the button beside a text begins a comment there.
        first = {"gate-relevant": "yes", "score-partnership": "4", "about": "/results"}
        page = (await send(http, page, f"{case}/review", **first)).text
        assert re.search(r'id="gate-relevant-yes"[^>]* checked', page)
        assert re.search(r'id="score-partnership-4"[^>]* checked', page)
        # Too early: everything that is missing is said, with links to the fields.
        early = await send(http, page, f"{case}/review", do="finish", **first)
        assert early.status_code == 422
        assert "There is a problem" in early.text
        for field in ("gate-complete", "score-effectiveness", "reason-partnership", "text_to_author", "recommendation"):
            assert f'<a href="#{field}">' in early.text
            assert f'id="{field}"' in early.text
        remark = {"comment-0-pointer": "/title", "comment-0-severity": "must", "comment-0-text": "Say where."}
        done = await send(http, early.text, f"{case}/review", do="finish", **whole_review(**remark))
        assert done.status_code == 200
        assert "You finished this review on" in done.text
        assert "Say where." in done.text
        assert 'name="text_to_author"' not in done.text
    reviews = await site.call(lives.COORDINATOR, "review", "GET", f"{case}/reviews")
    [review] = reviews["items"]
    assert review["gates"] == dict.fromkeys(GATES, True)
    assert review["scores"]["partnership"] == {"score": 3, "reason": "Shown in the numbers of partnership."}
    assert [(one["pointer"], one["severity"], one["text"]) for one in review["comments"]] == [
        ("/title", "must", "Say where.")
    ]


async def test_a_second_finishing_is_refused_in_words(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        page = await take(http, case)
        await send(http, page, f"{case}/review", do="finish", **whole_review())
        again = await send(http, page, f"{case}/review", do="finish", **whole_review(confidential="Second thoughts"))
        assert "You have finished this review already. It stays as it is." in again.text
        assert "Second thoughts" not in again.text


async def test_a_taken_case_is_refused_with_when_it_may_be_free(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(OTHER) as http:
        before = (await http.get(case)).text
        await life.claim(WRITER)
        refused = await send(http, before, f"{case}/claim")
        assert refused.url.path == "/reviews"
        assert re.search(
            r"All places of this case are taken\. The first may become free on \d+ \w+ \d{4}", refused.text
        )
        assert "All places of this case are taken" in (await http.get(case)).text


async def test_what_was_written_is_kept_when_a_case_is_handed_back(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        page = await take(http, case)
        asked = (await send(http, page, f"{case}/review", do="hand-back", confidential="Half a thought")).text
        assert "What you wrote is kept for you" in asked
        back = await send(http, asked, f"{case}/hand-back")
        assert back.url.path == "/reviews"
        assert "You handed the case back" in back.text
        free = (await http.get(case)).text
        assert "Half a thought" in free
        assert "Half a thought" in await take(http, case)


async def test_a_lease_is_prolonged(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        page = await take(http, case)
        assert "You can do so 3 more times." in page
        longer = await send(http, page, f"{case}/review", do="renew", text_to_author="Kept with it")
        assert "Kept with it" in longer.text
        assert "This case is now yours until" in longer.text
        assert "You can do so 2 more times." in longer.text


async def test_a_declared_conflict_hides_the_case_for_good(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(DECLARING) as http:
        page = await take(http, case)
        assert f'href="{case}/conflict"' in page
        asked = (await http.get(f"{case}/conflict")).text
        empty = await send(http, asked, f"{case}/conflict", reason=" ")
        assert empty.status_code == 422
        assert '<a href="#reason">' in empty.text
        told = await send(http, empty.text, f"{case}/conflict", reason="We share an office.")
        assert told.url.path == "/reviews"
        assert "no longer shown to you" in told.text
        assert life.title not in told.text
        for path in (case, f"{case}/conflict", f"{case}/hand-back"):
            assert (await http.get(path)).status_code == 404


async def test_for_a_reviewer_with_a_conflict_the_case_does_not_exist(site: Site) -> None:
    house = {"id": "creches-du-bord-de-loire", "name": "Crèches du Bord de Loire", "country": "FR"}
    life = await lives.in_review(site, author="member-3", lead_organisation=house)
    case = f"/cases/{life.case_id}"
    async with site.signed_in("reviewer-2") as http:
        await http.get("/reviews?lang=en")
        for path in (case, f"{case}/conflict", f"{case}/hand-back", "/cases/nothing-1"):
            answer = await http.get(path)
            assert answer.status_code == 404
            assert life.title not in answer.text
        profile = (await http.get("/reviews/profile")).text
        csrf = hidden(profile, "/reviews/profile")["csrf"]
        refused = await http.post(f"{case}/claim", data={"csrf": csrf}, follow_redirects=True)
        assert "This case cannot be taken." in refused.text
        assert life.title not in refused.text
        for path in ("review", "review/typed", "hand-back", "conflict"):
            assert (await http.post(f"{case}/{path}", data={"csrf": csrf, "reason": "x"})).status_code in (
                303,
                404,
                409,
            )


async def test_cases_are_for_reviewers_and_coordinators(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.browser() as http:
        assert (await http.get(case)).headers["location"].startswith("/sign-in?to=")
    for path in (case, f"{case}/conflict", "/reviews", "/reviews/profile", f"{case}/attachments/x"):
        async with site.signed_in(life.author) as http:
            assert (await http.get(path)).status_code == 403
    async with site.signed_in(lives.COORDINATOR) as http:
        page = (await http.get(case)).text
        assert f'href="/board/{life.case_id}"' in page
        assert life.title in page
        assert "/claim" not in page
        assert 'name="version"' not in page


async def test_forms_from_elsewhere_are_refused(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        page = (await http.get(case)).text
        token = hidden(page, f"{case}/claim")
        assert (await http.post(f"{case}/claim", data=token | {"csrf": "no"})).status_code == 403
        elsewhere = {"origin": "https://evil.example"}
        assert (await http.post(f"{case}/claim", data=token, headers=elsewhere)).status_code == 403
        assert "/claim" in (await http.get(case)).text


async def test_two_windows_without_scripts_show_both(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        page = await take(http, case)
        there = {"do": "save", "text_to_author": "From the left", "confidential": "Only left", "gate-ethical": "yes"}
        await send(http, page, f"{case}/review", **there)
        here = {"do": "save", "text_to_author": "From the right", "score-partnership": "2"}
        both = await send(http, page, f"{case}/review", **here)
        assert both.status_code == 409
        assert "changed in another window" in both.text
        for text in ("From the left", "From the right", "Only left"):
            assert text in both.text
        form = both.text.split('id="review"', 1)[1]
        assert "From the right" in form
        assert re.search(r'id="gate-ethical-yes"[^>]* checked', form)
        kept = {**here, "confidential": "Only left"}
        saved = await send(http, both.text, f"{case}/review", **kept)
        assert saved.status_code == 200
        assert "From the right" in saved.text
        assert "From the left" not in saved.text


async def test_a_field_that_is_refused_keeps_no_other_from_being_saved(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        page = await take(http, case)
        fields = {"do": "save", "reason-partnership": "x" * 301, "text_to_author": "This stays"}
        remarks = {"comment-4-pointer": "/results", "comment-4-text": "y" * 1001, "comment-5-text": "Fine"}
        wrong = await send(http, page, f"{case}/review", **fields, **remarks)
        assert wrong.status_code == 422
        assert '<a href="#reason-partnership">' in wrong.text
        assert '<a href="#comment-4-text">' in wrong.text
        assert "this is too long to be saved" in wrong.text
        assert "x" * 301 in wrong.text
        kept = (await http.get(case)).text
        assert "This stays" in kept
        assert "Fine" in kept
        assert "x" * 301 not in kept


_HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'


async def test_hostile_text_is_harmless(site: Site) -> None:
    title = said(fresh("<b>Bold</b>"))
    organisation = {"name": _HOSTILE, "country": "FI", "type": _HOSTILE}
    texts: dict[str, Any] = {
        "failure": said(_HOSTILE),
        "links": [{"url": "https://example.org/?a=x", "label": _HOSTILE}],
    }
    life = await lives.in_review(site, title=title, lead_organisation=organisation, **texts)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        page = await take(http, case)
        remark = {"comment-0-pointer": "/nonsense", "comment-0-text": _HOSTILE}
        fields = {"text_to_author": _HOSTILE, "confidential": "</textarea><script>", "reason-partnership": _HOSTILE}
        await send(http, page, f"{case}/review", do="save", **fields, **remark)
        seen = (await http.get(f"{case}?about={_HOSTILE}&text={_HOSTILE}")).text
        lists = (await http.get("/reviews")).text
        for found in (page, seen, lists):
            assert "<script>alert" not in found
            assert "<img src=x" not in found
            assert "<b>Bold" not in found
            assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(..)", found)
        assert "&lt;/textarea&gt;" in seen


async def test_earlier_rounds_are_shown_with_what_the_authors_answered(site: Site) -> None:
    life = await lives.changes_requested(site)
    [comment] = (await life.seen())["feedback"]["comments"]
    answers = {"answers": [{"comment_id": comment["id"], "text": "It took place in Oulu."}]}
    await site.call(life.author, "submissions", "POST", f"/contributions/{life.id}/resubmit", answers)

    async def second_round() -> bool:
        case = await site.call(lives.COORDINATOR, "review", "GET", f"/cases/{life.case_id}")
        return bool(case["round"] == 2)

    await eventually(second_round)
    async with site.signed_in(WRITER) as http:
        page = (await http.get(f"/cases/{life.case_id}")).text
        assert "Round 1, decided on" in page
        assert comment["text"] in page
        assert "It took place in Oulu." in page


async def test_files_are_for_those_who_hold_the_case(site: Site) -> None:
    life = await lives.drafted(site)
    path = f"/contributions/{life.id}/attachments?name=figures.csv"
    token = await site.token(life.author)
    async with httpx.AsyncClient(trust_env=False) as http:
        headers = {"authorization": f"Bearer {token}"}
        sent = await http.post(site.ports.url("submissions") + path, content=b"year,people\n2024,12\n", headers=headers)
        assert sent.is_success, sent.text
    await life.submit()
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        page = (await http.get(case)).text
        assert "figures.csv" in page
        assert "/attachments/" not in page
        page = await take(http, case)
        [link] = re.findall(r'href="(/cases/[^"]+/attachments/[^"]+)"', page)

        async def held() -> httpx.Response | None:
            answer = await http.get(link)
            return None if answer.status_code == 404 else answer

        file = await eventually(held)
        assert file.content == b"year,people\n2024,12\n"
        assert file.headers["content-disposition"].startswith("attachment")
    async with site.signed_in(OTHER) as http:
        assert (await http.get(link)).status_code == 404


async def test_pages_are_light_and_ask_the_services_at_once(site: Site) -> None:
    life = await lives.in_review(site)
    case = f"/cases/{life.case_id}"
    async with site.signed_in(WRITER) as http:
        await take(http, case)
        for path in ("/reviews", "/reviews/profile", case, f"{case}/conflict", f"{case}/hand-back"):
            answer = await http.get(path)
            assert await weight(http, path) < MOST_BYTES, path
            assert in_sequence(answer) <= MOST_IN_SEQUENCE, path
            assert site.person_id(WRITER) not in answer.text
