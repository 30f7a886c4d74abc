"""What the check of the consumers' effects is for is caught, each planted wrong by its words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.effects import INBOX, MAILS, MATCHED, RECEIPT, Effects, wrong_effects

STEPS = ("submitted", "in_review", "approved", "published")
NOTICES = [("a", who, what) for who, what in sorted(INBOX)]
RIGHT = Effects(
    lives={"a": ("published", STEPS), "b": ("draft", ())},
    cases={"a": "approved"},
    published={"a": 1},
    found={"a": 1},
    offered=frozenset({"e1"}),
    syndicated=frozenset({"e1"}),
    notices=NOTICES,
    mails=[("a", who, what) for who, what in sorted(MAILS)],
    alerted=["a"],
    receipts={"a": RECEIPT},
)


def test_all_that_has_to_come_of_it_and_nothing_else_is_right() -> None:
    assert wrong_effects("a", RIGHT) == []


def test_what_was_published_before_the_search_was_saved_is_no_news_to_it() -> None:
    old = replace(
        RIGHT,
        no_news=frozenset("a"),
        alerted=[],
        notices=[one for one in NOTICES if one[1:] != MATCHED],
        mails=[one for one in RIGHT.mails if one[1:] != MATCHED],
    )
    assert wrong_effects("a", old) == []
    assert len(wrong_effects("a", replace(RIGHT, no_news=frozenset("a")))) == 3


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        (replace(RIGHT, lives={"a": ("published", STEPS[:1] + STEPS[3:])}), "a went from submitted to published"),
        (replace(RIGHT, lives={"a": ("published", (*STEPS, "published"))}), "a went from published to published"),
        (replace(RIGHT, lives={"a": ("approved", STEPS)}), "a is approved after published"),
        (replace(RIGHT, lives={"a": ("submitted", ())}), "a is submitted after nothing"),
        (replace(RIGHT, cases={"a": "open"}), "a is approved and its case is open"),
        (replace(RIGHT, cases={}), "a is approved and its case is None"),
        (replace(RIGHT, found={"a": 2}), "a is published as version 1 and found as 2"),
        (replace(RIGHT, syndicated=frozenset()), "e1 is a public event that syndication does not have"),
        (replace(RIGHT, offered=frozenset()), "e1 is with syndication and no public event"),
        (replace(RIGHT, notices=NOTICES[1:]), "inbox: coordinator was told ready_for_decision of a 0 times"),
        (replace(RIGHT, notices=[*NOTICES, NOTICES[-1]]), "inbox: reviewer-0 was told review_claimed of a 2 times"),
        (
            replace(RIGHT, notices=[*NOTICES, ("a", "member", "rejected")]),
            "inbox: member was told rejected of a 1 times",
        ),
        (replace(RIGHT, mails=RIGHT.mails[1:]), "mail: coordinator was told ready_for_decision of a 0 times"),
        (replace(RIGHT, alerted=[]), "the saved search noted a 0 times"),
        (replace(RIGHT, alerted=["a", "a"]), "the saved search noted a 2 times"),
        (replace(RIGHT, receipts={"a": RECEIPT - {"indexed"}}), "the receipt of a lacks what was said of indexed"),
    ],
)
def test_a_planted_wrong_is_caught(planted: Effects, words: str) -> None:
    (found,) = wrong_effects("a", planted)
    assert words in found
