"""The checker of the fault runs catches what it is for: a planted loss, duplicate and disorder, each by its words."""

from dataclasses import replace

import pytest

from tests.faults.checker import Event, There, Told, violations

TOLD = Told(created=frozenset("ab"), submitted=frozenset("ab"), approved=frozenset("a"))
THERE = There(
    contributions=frozenset("abc"),
    markers=("m1", "m2", "m3"),
    stream=(
        Event(id="1", aggregate="contribution:a", version=1, type="drafted"),
        Event(id="2", aggregate="contribution:b", version=1, type="drafted"),
        Event(id="3", aggregate="contribution:a", version=2, type="submitted"),
        Event(id="3", aggregate="contribution:a", version=2, type="submitted"),
    ),
    cases=("a", "b"),
    published=frozenset("a"),
    catalogue=frozenset("a"),
    found=frozenset("a"),
    effects=(("notifications", "3/ana/mail"),),
    mails=("<3@x>",),
    due_mails=frozenset({"<3@x>"}),
)


def test_a_good_history_has_no_violation() -> None:
    assert violations(TOLD, THERE) == []


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        (replace(THERE, contributions=frozenset("ac")), "b was acknowledged and is not in the record"),
        (replace(THERE, cases=("a",)), "b was submitted and has no review case"),
        (replace(THERE, published=frozenset()), "a was approved and is not published"),
        (replace(THERE, catalogue=frozenset(), found=frozenset()), "a is published and not in the catalogue"),
        (replace(THERE, found=frozenset()), "a is in the catalogue and not found by search"),
        (replace(THERE, found=frozenset("az")), "z is found by search and not in the catalogue"),
        (replace(THERE, mails=()), "<3@x> mail was due and not received"),
        (replace(THERE, markers=("m1", "m1")), "contribution was made twice: m1 (2 times)"),
        (replace(THERE, cases=("a", "b", "b")), "review case was opened twice: b (2 times)"),
        (replace(THERE, effects=THERE.effects * 2), "effect was there twice: notifications: 3/ana/mail (2 times)"),
        (replace(THERE, mails=("<3@x>", "<3@x>")), "mail was sent twice: <3@x> (2 times)"),
        (replace(THERE, stream=THERE.stream[2:]), "contribution:a goes from version 0 to 2"),
        (
            replace(THERE, stream=(*THERE.stream, replace(THERE.stream[0], id="9"))),
            "contribution:a has two events of version 1",
        ),
        (replace(THERE, waiting={"outbox": 2}), "2 still waiting at outbox"),
        (replace(THERE, offered=frozenset("a")), "a is a public event and not in the public stream"),
        (replace(THERE, letters=("x at y: z",)), "became a dead letter: x at y: z"),
    ],
)
def test_a_planted_fault_is_caught(planted: There, words: str) -> None:
    assert violations(TOLD, planted) == [words]


def test_a_mail_that_the_ledger_calls_doubtful_may_come_twice() -> None:
    there = replace(THERE, mails=("<3@x>", "<3@x>"), doubtful=frozenset({"<3@x>"}))
    assert violations(TOLD, there) == []
