from typing import Any

import pytest
from hypothesis import given

from shared.contribution import Content, Kind, completeness, merge, parse
from shared.contribution.merge import merged
from tests.contents import KINDS, Document, complete_content, complete_contents, drafts, said

COMMON = {
    *(
        "/source_language",
        "/title",
        "/summary",
        "/context",
        "/actions",
        "/evidence_level",
        "/sectors",
        "/target_groups",
    ),
    *("/themes", "/countries", "/reach", "/lead_organisation/name", "/lead_organisation/country", "/authors"),
    *("/contact/visibility", "/period/start", "/declarations/rights", "/declarations/consent"),
}
OF_KIND: dict[Kind, set[str]] = {
    "practice": {"/results", "/transferability"},
    "lesson_learned": {"/failure", "/causes", "/change"},
    "joint_action": {"/joint_action/ask", "/joint_action/addressee", "/joint_action/by_when"},
}


def found(document: Document) -> dict[str, str]:
    return {finding.pointer: finding.code for finding in completeness(parse(document))}


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_draft_is_told_everything_it_needs(kind: Kind) -> None:
    assert found({"kind": kind}) == dict.fromkeys(COMMON | OF_KIND[kind], "required")


def test_without_a_kind_the_kind_is_asked_for() -> None:
    assert set(found({})) == COMMON | {"/kind"}


@given(complete_contents())
def test_a_complete_contribution_lacks_nothing(document: Document) -> None:
    assert completeness(parse(document)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_needed_is_missed_when_it_alone_is_taken_out(kind: Kind) -> None:
    for pointer in COMMON | OF_KIND[kind]:
        *parents, last = pointer.strip("/").split("/")
        patch: Any = {last: None}
        for parent in reversed(parents):
            patch = {parent: patch}
        assert found(merged(complete_content(kind), patch)) == {pointer: "required"}


@given(drafts())
def test_filling_in_what_is_missed_makes_it_complete(document: Document) -> None:
    whole = complete_content(document.get("kind", "practice"))
    settled = {name: whole[name] for name in ("kind", "source_language", "themes", "mobility")}
    draft = merge(parse(document), settled)
    missing = {finding.pointer.split("/")[1] for finding in completeness(draft)}
    assert completeness(merge(draft, {name: whole.get(name) for name in missing})) == []


def test_texts_that_are_needed_are_needed_in_the_source_language() -> None:
    document = complete_content(source_language="fi", title=said("Kaksi viikkoa", "fi"))
    assert found(document) == dict.fromkeys(
        ("/summary/fi/text", "/context/fi/text", "/actions/fi/text", "/results/fi/text", "/transferability/fi/text"),
        "required-in-source-language",
    )


@pytest.mark.parametrize("theme", ["learner-mobility", "staff-mobility"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_theme_of_mobility_asks_for_the_mobility(kind: Kind, theme: str) -> None:
    needed = {"directions", "participants", "recognition_instruments"}
    needed |= set() if kind == "joint_action" else {"activity_type", "duration_days"}
    missing = found(complete_content(kind, themes=[theme], mobility=None))
    assert missing == dict.fromkeys((f"/mobility/{name}" for name in needed), "required")
    assert found(complete_content(kind, themes=["digital"], mobility=None)) == {}


def test_the_participants_must_fit_the_theme() -> None:
    assert found(complete_content(themes=["staff-mobility"])) == {"/mobility/participants": "participants"}


def test_no_recognition_and_an_instrument_contradict_each_other() -> None:
    mobility = complete_content()["mobility"] | {"recognition_instruments": ["none", "ects"]}
    assert found(complete_content(mobility=mobility)) == {"/mobility/recognition_instruments": "contradiction"}


@pytest.mark.parametrize("name", ["rights", "consent"])
def test_declarations_must_be_made_and_true(name: str) -> None:
    given = {"rights": True, "consent": True}
    assert found(complete_content(declarations=given | {name: False})) == {f"/declarations/{name}": "must-be-true"}
    assert found(complete_content(declarations=given | {name: None})) == {f"/declarations/{name}": "required"}


def test_what_stands_in_a_list_must_be_whole() -> None:
    document = complete_content(
        authors=[{"name": "A"}, {"organisation": "B"}],
        partner_organisations=[{"country": "IT"}],
        links=[{"label": "no address"}],
        indicators=[{"value": 0}, {"name": said("counted")}],
    )
    assert set(found(document)) == {
        *("/authors/1/name", "/partner_organisations/0/name", "/links/0/url"),
        *("/indicators/0/name", "/indicators/1/value"),
    }
    joint = complete_content("joint_action")
    joint["joint_action"]["supporting_organisations"] = [{"country": "IT"}]
    assert set(found(joint)) == {"/joint_action/supporting_organisations/0/name"}


def test_a_missing_code_is_told_with_the_codes() -> None:
    by_pointer = {finding.pointer: finding for finding in completeness(Content())}
    assert by_pointer["/reach"].allowed == ("local", "regional", "national", "cross-border", "european", "global")
    assert "public" in by_pointer["/contact/visibility"].allowed
    assert all(finding.message for finding in by_pointer.values())
