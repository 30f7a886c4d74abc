import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contribution import facets, parse, public_content
from tests.contents import Document, complete_content, drafts, said

SECRET = "not-for-everybody"


def with_secrets(visibility: str | None) -> Document:
    return complete_content(
        authors=[{"name": "Aino", "person_id": SECRET}],
        contact={
            "name": SECRET,
            "email": f"{SECRET}@example.org",
            **({"visibility": visibility} if visibility else {}),
        },
        declarations={"rights": True, "consent": True, "funding": "Erasmus+", "interests": SECRET},
    )


@pytest.mark.parametrize("visibility", ["members", "reviewers", None])
def test_the_public_sees_no_contact_account_or_interests(visibility: str | None) -> None:
    public = public_content(parse(with_secrets(visibility)))
    assert SECRET not in json.dumps(public)
    assert public["declarations"] == {"funding": "Erasmus+"}
    assert public["authors"] == [{"name": "Aino"}]


def test_a_public_contact_is_shown() -> None:
    public = public_content(parse(with_secrets("public")))
    assert public["contact"]["email"] == f"{SECRET}@example.org"
    assert "interests" not in public["declarations"]
    assert "person_id" not in public["authors"][0]


@given(drafts(), st.booleans())
def test_everything_else_is_shown_as_it_is(document: Document, shown: bool) -> None:
    content = parse(document | {"contact": {"visibility": "public" if shown else "members"}})
    public, whole = public_content(content), content.as_json()
    assert ("contact" in public) == shown
    for name in whole.keys() - {"contact", "declarations", "authors"}:
        assert public[name] == whole[name]


def test_the_routing_facts() -> None:
    content = parse(
        complete_content(
            "joint_action",
            source_language="fi",
            title=said("English") | said("Suomi", "fi"),
            green=said("Vert", "fr"),
            partner_organisations=[{"id": "south-school", "name": "South School"}, {"name": "North School"}],
            authors=[{"name": "A", "person_id": "p1", "organisation": "Guild"}, {"name": "B", "person_id": "p1"}],
        )
    )
    found = facets(content)
    assert found.languages == ("fi", "en", "fr")
    assert list(found.title.items()) == [("fi", "Suomi"), ("en", "English")]
    assert found.lead_organisation_id == "north-school"
    assert found.organisation_ids == ("north-school", "south-school")
    assert found.organisation_names == ("North School", "South School", "Guild")
    assert found.author_ids == ("p1",)
    assert found.countries == ("FI", "IT")


def test_an_empty_draft_has_empty_facts() -> None:
    found = facets(parse({}))
    assert (found.title, found.languages, found.organisation_ids, found.lead_organisation_id) == ({}, (), (), None)
