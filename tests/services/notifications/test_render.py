"""What mails say, in each language: whole, escaped, and right for titles of any script."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain.digest import Line, gather
from services.notifications.domain.facts import Comment, Facts
from services.notifications.domain.kinds import Kind
from services.notifications.links import Links
from services.notifications.render import Reader, Renderer
from services.notifications.words import LANGUAGES, load_words

NOW = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
STOP = "https://pe.example/unsubscribe/abcdefghijklmnopqrstuv"
RENDERER = Renderer(load_words(), Links("https://pe.example", "https://pe.example/unsubscribe"))
FACTS = Facts(
    contribution_id="0193",
    case_id="0193-1",
    titles={"en": "Job shadowing", "fr": "Observation", "de": "Hospitation"},
    what="practice",
    begun_at=NOW,
    asked_at=NOW,
    due_at=NOW,
    lease_until=NOW,
    publish_at=NOW,
    appeal_until=NOW,
    review_by=NOW,
    outcome="approved",
    completed=2,
    required=3,
    quote="Thank you.\n<script>alert(1)</script> & {title}",
    comments=(Comment(severity="must", text="How <many>?\r\nBcc: x"),),
    remarks=("A useful idea.",),
    search="Adult teachers abroad",
    endpoint="Our catalogue",
    ended="gone",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_told_in_every_language(kind: Kind, language: str) -> None:
    reader = Reader(name="Zoë", language=language)
    mail = RENDERER.mail(kind, FACTS, reader, unsubscribe=STOP)
    told = RENDERER.told(kind, FACTS, reader)
    for said in (mail.subject, mail.text, mail.html, told.text):
        assert not re.search(r"(?<!\{)\{(?!title)\w+\}", said), "an unfilled placeholder"
    assert "Zoë" in mail.text
    assert "Zoë" in mail.html
    assert mail.text.count(STOP) == 1
    assert mail.html.count(STOP) == 1
    assert told.url in mail.text
    assert f'<html lang="{language}"' in mail.html


@pytest.mark.parametrize("kind", Kind)
def test_french_mails_have_a_no_break_space_before_colons(kind: Kind) -> None:
    mail = RENDERER.mail(kind, FACTS, Reader(name="Zoë", language="fr"), unsubscribe=STOP)
    for said in (mail.text, re.sub(r"<style.*?</style>|<[^>]*>|&\w+;", "", mail.html, flags=re.DOTALL)):
        ours = said.replace("Bcc: x", "").replace("https:", "").replace("http:", "")
        assert not re.search("[^\u00a0\u202f]:", ours)


def test_nothing_somebody_wrote_becomes_markup_or_a_sentence_of_ours() -> None:
    nasty = '"><img src=x onerror=alert(1)> {name} %s'
    facts = replace(FACTS, titles={"en": nasty})
    mail = RENDERER.mail(Kind.CHANGES_REQUESTED, facts, Reader(name="<b>{title}</b>", language="en"), unsubscribe=STOP)
    assert "<img" not in mail.html
    assert "<script" not in mail.html
    assert "<b>" not in mail.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {title}" in mail.html
    assert nasty in mail.text


def test_a_paragraph_without_its_fact_is_left_out() -> None:
    reader = Reader(name="", language="en")
    assert "appeal once, until 31 March 2026" in RENDERER.mail(Kind.REJECTED, FACTS, reader, unsubscribe=STOP).text
    final = replace(FACTS, appeal_until=None)
    mail = RENDERER.mail(Kind.REJECTED, final, reader, unsubscribe=STOP)
    assert "appeal" not in mail.text
    assert "appeal" not in mail.html


def test_dates_are_those_of_the_readers_place() -> None:
    there = Reader(name="", language="de", zone=ZoneInfo("Europe/Helsinki"))
    assert "am 1. April 2026 fällig" in RENDERER.told(Kind.REVIEW_ASSIGNED, FACTS, there).text
    assert "31 mars 2026" in RENDERER.told(Kind.REVIEW_ASSIGNED, FACTS, Reader(name="", language="fr")).text
    stale = replace(FACTS, review_by=datetime(2026, 3, 31, tzinfo=UTC))
    far_west = Reader(name="", language="en", zone=ZoneInfo("Pacific/Pago_Pago"))
    assert "by 31 March 2026" in RENDERER.told(Kind.WENT_STALE, stale, far_west).text, "a day is a day everywhere"


def test_a_title_in_another_script_is_marked_and_cannot_turn_the_sentence() -> None:
    hebrew = replace(FACTS, titles={"he": "למידה: 2026"}, source_language="he")
    mail = RENDERER.mail(Kind.PUBLISHED, hebrew, Reader(name="", language="en"), unsubscribe=STOP)
    assert '<bdi lang="he" dir="rtl">למידה: 2026</bdi>' in mail.html
    assert "“\u2068למידה: 2026\u2069” is approved" in mail.text
    assert mail.subject == "Published: \u2068למידה: 2026\u2069"


def test_long_titles_are_cut_in_the_subject_only() -> None:
    long = replace(FACTS, titles={"en": "Learning " * 13 + "end"})
    mail = RENDERER.mail(Kind.PUBLISHED, long, Reader(name="", language="en"), unsubscribe=STOP)
    assert len(mail.subject) <= 95
    assert mail.subject.endswith("…")
    assert "Learning end" in mail.text


def test_the_style_sheet_is_in_the_elements_and_dark_screens_have_theirs() -> None:
    mail = RENDERER.mail(Kind.PUBLISHED, FACTS, Reader(name="", language="en"), unsubscribe=STOP)
    button = re.search(r'<a[^>]*class="button"[^>]*>', mail.html)
    assert button is not None
    assert "background: #00565c" in button.group()
    assert "@media (prefers-color-scheme: dark)" in mail.html
    assert "http" not in mail.html.replace("https://pe.example", ""), "nothing is loaded from anywhere"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_counts_right_and_tells_each_thing(language: str) -> None:
    reader = Reader(name="Zoë", language=language)
    lines = [Line(key=str(n), kind=kind, at=NOW + timedelta(n), facts=FACTS) for n, kind in enumerate(Kind)]
    digest = gather(lines)
    assert digest is not None
    mail = RENDERER.digest(digest, reader, unsubscribe=STOP)
    assert str(len(Kind)) in mail.subject
    for kind in Kind:
        told = RENDERER.told(kind, FACTS, reader)
        assert told.text in mail.text
        assert told.label in mail.text
    one = gather(lines[:1])
    assert one is not None
    assert "1" not in RENDERER.digest(one, reader, unsubscribe=STOP).subject


def test_links_name_contributions_and_cases_and_nobody() -> None:
    links = Links("https://pe.example/", "https://pe.example/unsubscribe/")
    assert links.about(Kind.PUBLISHED, FACTS) == "https://pe.example/practices/0193"
    assert links.about(Kind.REJECTED, FACTS) == "https://pe.example/contributions/0193"
    assert links.about(Kind.REVIEW_ASSIGNED, FACTS) == "https://pe.example/cases/0193-1"
    odd = replace(FACTS, contribution_id="a/../b?c")
    assert links.about(Kind.REJECTED, odd) == "https://pe.example/contributions/a%2F..%2Fb%3Fc"
    assert links.unsubscribe("t") == "https://pe.example/unsubscribe/t"
