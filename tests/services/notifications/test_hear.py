"""Who is told what by which event, and what an author never learns."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from shared.errors import Transient
from tests.services.notifications.desk import Desk, Json
from tests.services.notifications.voices import Voice

WEEK = timedelta(days=7)


async def told(desk: Desk, who: str, **claims: object) -> list[str]:
    return [one["kind"] for one in reversed(await desk.inbox(who, **claims))]


def mailed(desk: Desk, who: str) -> list[str]:
    return [mail.subject for mail in desk.sink.to(f"{who}@example.org")]


async def test_the_life_of_a_contribution_as_its_people_see_it(desk: Desk) -> None:
    for who, role in (("ana", "member"), ("rita", "reviewer"), ("ravi", "reviewer"), ("zoe", "coordinator")):
        await desk.sign_in(who, roles=[role])
    voice = Voice("c1", desk.id("ana"))
    due = desk.clock.now + 2 * WEEK
    await desk.hear(voice.drafted())
    await desk.hear(voice.submitted())
    await desk.hear(voice.opened(due))
    await desk.hear(voice.claimed(desk.id("rita"), due))
    await desk.hear(voice.assigned(desk.id("ravi"), due))
    await desk.hear(voice.completed(desk.id("rita")))
    await desk.hear(voice.completed(desk.id("ravi")))
    await desk.hear(voice.ready())
    await desk.hear(voice.approved(desk.clock.now))
    await desk.hear(voice.published())
    await desk.send()

    assert await told(desk, "ana") == ["submission_received", "under_review", "published"]
    assert await told(desk, "rita") == ["review_claimed", "decision_taken"]
    assert await told(desk, "ravi") == ["review_assigned", "decision_taken"]
    assert await told(desk, "zoe") == ["ready_for_decision"]
    title = "Job shadowing across borders"
    assert mailed(desk, "ana") == [f"Received: {title}", f"Published: {title}"]
    assert mailed(desk, "rita") == []
    assert mailed(desk, "ravi") == [f"A review for you: {title}"]
    assert mailed(desk, "zoe") == [f"Ready for a decision: {title}"]
    published = desk.sink.to("ana@example.org")[-1].part("plain")
    assert "> Please say <more> & how." in published
    assert "> A useful idea." in published
    assert "https://practice-exchange.example/practices/c1" in published


async def test_other_ends(desk: Desk) -> None:
    for who, role in (("ana", "member"), ("rita", "reviewer"), ("zoe", "coordinator")):
        await desk.sign_in(who, roles=[role])
    voice = Voice("c1", desk.id("ana"))
    now = desk.clock.now
    await desk.hear(voice.submitted())
    await desk.hear(voice.changes_requested(now))
    await desk.hear(voice.resubmitted())
    await desk.hear(voice.completed(desk.id("rita")))
    await desk.hear(voice.rejected(now))
    await desk.hear(voice.appealed())
    await desk.hear(voice.approved(now, publish_at=now + WEEK))
    await desk.hear(voice.published())
    await desk.hear(voice.went_stale())
    await desk.hear(voice.tombstoned())
    await desk.hear(voice.released(desk.id("rita"), "lease_expired"))
    await desk.hear(voice.closed(desk.id("rita")))
    await desk.hear(voice.withdrawn())
    assert await told(desk, "ana") == [
        "submission_received",
        "changes_requested",
        "submission_received",
        "rejected",
        "scheduled",
        "published",
        "went_stale",
        "tombstoned",
        "withdrawn",
    ]
    assert await told(desk, "rita") == ["decision_taken", "decision_taken", "lease_expired", "case_closed"]
    assert await told(desk, "zoe") == ["appealed"]
    await desk.send()
    texts = {mail.subject.partition(":")[0]: mail.part("plain") for mail in desk.sink.accepted}
    assert "appeal once, until 30 April 2031" in texts["Not approved"]
    assert "published on 7 April 2031" in texts["Approved"]
    assert "> A photo was not cleared." in texts["Taken down"]
    assert "by 30 March 2031" in next(text for subject, text in texts.items() if subject.startswith("Does it"))
    assert "> Please look again." in texts["Appeal"]
    assert "- Must change: How many took part?" in texts["Please revise"]


async def test_authors_are_told_of_an_agreement_and_that_it_was_none(desk: Desk) -> None:
    people = ("en", "fr", "de")
    for language in people:
        await desk.sign_in(f"ana-{language}", locale=language)
        voice = Voice(f"c-{language}", desk.id(f"ana-{language}"))
        await desk.hear(voice.agreed())
        await desk.hear(voice.agreement_retracted())
    await desk.send()
    mails = {language: desk.sink.to(f"ana-{language}@example.org") for language in people}
    title, german = "Job shadowing across borders", "Hospitation über Grenzen"
    assert [mail.subject for mail in mails["en"]] == [f"Agreed: {title}", f"Not agreed after all: {title}"]
    assert [mail.subject for mail in mails["fr"]] == [
        f"Accord conclu\N{NO-BREAK SPACE}: {title}",
        f"Finalement pas d’accord conclu\N{NO-BREAK SPACE}: {title}",
    ]
    assert [mail.subject for mail in mails["de"]] == [f"Vereinbart: {german}", f"Doch nicht vereinbart: {german}"]
    days = {"en": "14 March 2031", "fr": "14 mars 2031", "de": "14. März 2031"}
    for language, (agreed, _) in mails.items():
        text = agreed.part("plain")
        assert days[language] in text, "a day is a day everywhere"
        assert "> Advisory Committee on Adult Learning" in text
        assert f"https://practice-exchange.example/practices/c-{language}" in text
        assert await told(desk, f"ana-{language}") == ["agreed", "agreement_retracted"]


async def test_who_declares_a_conflict_hears_no_more_of_what_they_reviewed(desk: Desk) -> None:
    for who in ("rita", "ravi"):
        await desk.sign_in(who, roles=["reviewer"])
    voice = Voice("c1", desk.id("ana"))
    now = desk.clock.now
    await desk.hear(voice.submitted())
    for who in ("rita", "ravi"):
        await desk.hear(voice.completed(desk.id(who)))
    await desk.hear(voice.released(desk.id("rita"), "conflict_declared"))
    await desk.hear(voice.approved(now))
    assert await told(desk, "rita") == []
    assert await told(desk, "ravi") == ["decision_taken"]


async def test_nothing_an_author_gets_names_a_reviewer(desk: Desk) -> None:
    """Every event with a marked reviewer; the mark is looked for in all that authors get or could ask for."""
    await desk.sign_in("ana")
    for contribution in ("c1", "c2"):
        voice = Voice(contribution, desk.id("ana"))
        now, mark = desk.clock.now, "MARK-reviewer"
        await desk.hear(voice.submitted())
        await desk.hear(voice.opened(now + WEEK))
        await desk.hear(voice.claimed(mark, now + WEEK))
        await desk.hear(voice.assigned(mark, now + WEEK))
        await desk.hear(voice.released(mark, "conflict_declared"))
        await desk.hear(voice.completed(mark))
        await desk.hear(voice.ready())
        await desk.hear(voice.changes_requested(now))
        await desk.hear(voice.rejected(now) if contribution == "c1" else voice.approved(now, now + WEEK))
        await desk.hear_of_publication(voice)
        await desk.hear(voice.closed(mark))
    await desk.tick(days=30)
    assert len(desk.sink.to("ana@example.org")) == 9
    seen = b"".join(mail.raw for mail in desk.sink.to("ana@example.org")).decode()
    seen += json.dumps(await desk.inbox("ana", roles=["member"]))
    for collection in ("deliveries", "notices", "digest_lines", "reminders"):
        async for row in desk.store.db[collection].find({"person_id": desk.id("ana")}):
            seen += str(row)
    assert "MARK" not in seen
    assert "rev-" not in seen
    assert "/cases/" not in seen


async def test_a_review_case_heard_of_before_its_contribution_waits(desk: Desk) -> None:
    voice = Voice("c1", desk.id("ana"))
    with pytest.raises(Transient):
        await desk.hear(voice.opened(desk.clock.now + WEEK))
    desk.versions.clear()
    await desk.hear(voice.submitted())
    await desk.hear(voice.opened(desk.clock.now + WEEK))
    assert await told(desk, "ana") == ["submission_received", "under_review"]


async def test_a_publication_heard_of_before_its_approval_waits_for_the_words(desk: Desk) -> None:
    await desk.sign_in("ana")
    voice = Voice("c1", desk.id("ana"))
    await desk.hear(voice.submitted())
    published = desk.received(voice.published(), "contribution:c1")
    with pytest.raises(Transient):
        await desk.deliver(published)
    await desk.hear(voice.approved(desk.clock.now))
    await desk.deliver(published)
    await desk.send()
    assert "> Please say <more> & how." in desk.sink.to("ana@example.org")[-1].part("plain")


async def test_a_publication_whose_approval_is_not_heard_for_long_is_told_without_its_words(desk: Desk) -> None:
    await desk.sign_in("ana")
    voice = Voice("c1", desk.id("ana"))
    await desk.hear(voice.submitted())
    published = desk.received(voice.published(), "contribution:c1")
    desk.clock.pass_(minutes=5)
    await desk.deliver(published)
    assert await told(desk, "ana") == ["submission_received", "published"]


async def test_what_concerns_coordinators_waits_for_the_first_of_them(desk: Desk) -> None:
    voice = Voice("c1", desk.id("ana"))
    await desk.hear(voice.submitted())
    await desk.hear(voice.ready())
    await desk.send()
    assert mailed(desk, "zoe") == []
    await desk.sign_in("rita", roles=["reviewer"])
    await desk.sign_in("zoe", roles=["coordinator"])
    await desk.send()
    assert mailed(desk, "rita") == []
    assert mailed(desk, "zoe") == ["Ready for a decision: Job shadowing across borders"]
    assert await told(desk, "zoe", roles=["coordinator"]) == ["ready_for_decision"]
    await desk.sign_in("yan", roles=["coordinator"])
    await desk.tick()
    assert mailed(desk, "yan") == [], "handed over once"


async def test_who_is_no_longer_a_coordinator_is_no_longer_told(desk: Desk) -> None:
    await desk.sign_in("zoe", roles=["coordinator"])
    await desk.sign_in("yan", roles=["coordinator"])
    await desk.sign_in("zoe", roles=["member"])
    await desk.hear(Voice("c1", desk.id("ana")).ready())
    await desk.send()
    assert (len(mailed(desk, "zoe")), len(mailed(desk, "yan"))) == (0, 1)


async def test_each_reader_gets_their_language_and_every_author_is_told_once(desk: Desk) -> None:
    await desk.sign_in("ana", locale="fr-BE")
    await desk.sign_in("ben", locale="de")
    await desk.sign_in("cai", locale="fi")
    voice = Voice("c1", desk.id("ana"), desk.id("ben"), desk.id("cai"), desk.id("ana"))
    await desk.hear(voice.submitted())
    await desk.send()
    assert mailed(desk, "ana") == ["Bien reçue\u00a0: Työssäoppiminen yli rajojen"]
    assert mailed(desk, "ben") == ["Eingegangen: Hospitation über Grenzen"]
    assert mailed(desk, "cai") == ["Received: Job shadowing across borders"]
    html = desk.sink.to("ana@example.org")[0].part("html")
    assert '<bdi lang="fi" dir="ltr">Työssäoppiminen yli rajojen</bdi>' in html
    chosen: Json = await desk.put("/me", "cai", json={"language": "de"}, claims={"locale": "fi"})
    assert chosen["language"] == "de"
    assert (await desk.inbox("cai", locale="fi"))[0][
        "text"
    ] == "Ihr Beitrag „Hospitation über Grenzen“ ist eingegangen."


async def test_titles_made_to_harm_do_none(desk: Desk) -> None:
    await desk.sign_in("ana", name="Ana\r\nBcc: eve@example.org")
    nasty = {"en": "Hi\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script> " + "\U0001f469\u200d\U0001f3eb" * 30}
    await desk.hear(Voice("c1", desk.id("ana"), title=nasty).submitted())
    await desk.send()
    (mail,) = desk.sink.mails
    assert mail.recipient == "ana@example.org"
    assert mail.message["Bcc"] is None
    assert "<script" not in mail.part("html")
    assert mail.subject.startswith("Received: Hi Bcc: eve@example.org <script>")
