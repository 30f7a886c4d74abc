"""What counts as the person in a value, what takes its place, and what is left alone."""

from __future__ import annotations

import json

import pytest

from shared.privacy.person import ADDRESS_REMOVED, NAME_REMOVED, Person, only_of

ID = "77a1b4de-0d7e-5f0b-8d57-6c1f1f0c9b02"
OTHER = "11a1b4de-0d7e-5f0b-8d57-6c1f1f0c9b02"
ANNA = Person(ID, "pseudonym", names=("Ánna Žnidaršič", "Anna"), emails=("anna@example.org",))


@pytest.mark.parametrize(
    ("value", "after"),
    [
        (ID, "pseudonym"),
        (f"case.1.{ID}", "case.1.pseudonym"),
        (OTHER, OTHER),
        ("Anna", NAME_REMOVED),
        (" ANNA ", NAME_REMOVED),
        ("ánna žnidaršič", NAME_REMOVED),
        ("Anna wrote this", "Anna wrote this"),  # one word in a text may be anybody
        ("by Ánna Žnidaršič, 2026", f"by {NAME_REMOVED}, 2026"),
        ("by Ánna Žnidaršičeva", "by Ánna Žnidaršičeva"),
        ("write to Anna@Example.org.", f"write to {ADDRESS_REMOVED}."),
        (b'{"by":"' + ID.encode() + b'"}', b'{"by":"pseudonym"}'),
        (rb'{"by":"\u00c1nna \u017Dnidar\u0161i\u010d"}', f'{{"by":"{NAME_REMOVED}"}}'.encode()),
        # What a receiver of webhooks answered: cut off where it was long, or no JSON at all.
        ('{"by":"Ánna Žnidaršič","to":"x'.encode(), f'{{"by":"{NAME_REMOVED}","to":"x'.encode()),
        (f"<p>{ID} of Ánna Žnidaršič: č".encode()[:-1], f"<p>pseudonym of {NAME_REMOVED}: č".encode()[:-1]),
        (b"[" * 2000 + ID.encode(), b"[" * 2000 + b"pseudonym"),
        (b"\x89PNG" + ID.encode(), b"\x89PNG" + ID.encode()),  # a file is not looked into
        ([{"name": "Anna", "organisation": "School"}], [{"name": NAME_REMOVED, "organisation": "School"}]),
        ({"name": "A. Z.", "person_id": ID}, {"name": NAME_REMOVED, "person_id": "pseudonym"}),
        ({"name": "A. Z.", "person_id": OTHER}, {"name": "A. Z.", "person_id": OTHER}),
        ({ID: 1}, {"pseudonym": 1}),
        (7, 7),
    ],
)
def test_the_person_is_taken_out(value: object, after: object) -> None:
    assert ANNA.without(value) == after
    assert ANNA.is_in(value) == (value != after)
    assert not ANNA.is_in(after)


def test_a_quick_look_misses_nothing_that_a_slow_one_finds() -> None:
    for text in (ID, "ANNA", "ÁNNA ŽNIDARŠIČ", "ANNA@EXAMPLE.ORG"):
        assert ANNA.may_be_in(json.dumps({"x": text}, ensure_ascii=False).encode()), text
    assert not ANNA.may_be_in(b'{"x": "somebody"}')


def test_what_is_theirs_alone_is_told_from_what_names_them() -> None:
    assert ANNA.owns({"_id": ID})
    assert ANNA.owns({"_id": 1, "person_id": ID})
    assert not ANNA.owns({"_id": 1, "owner_id": ID})


def test_an_export_names_nobody_else() -> None:
    assert only_of({"authors": [ID, OTHER], "by": f"x.{OTHER}"}, ID) == {
        "authors": [ID, "another person"],
        "by": "x.another person",
    }


def test_an_export_names_nobody_else_in_an_answer_that_is_kept() -> None:
    kept = {"_id": f"{OTHER}:key", "body": json.dumps({"reviewer": OTHER, "authors": [ID]}).encode()}
    assert only_of(kept, ID) == {
        "_id": "another person:key",
        "body": json.dumps({"reviewer": "another person", "authors": [ID]}),
    }
    assert only_of(f"<p>{OTHER} and {ID}: č".encode()[:-1], ID) == f"<p>another person and {ID}: \ufffd"
    assert only_of(b"\x89PNG", ID) == b"\x89PNG"
