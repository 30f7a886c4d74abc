"""Every finding of ``completeness`` has its words in every language of the house."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contribution.completeness import completeness
from shared.contribution.findings import in_words, label_of
from shared.contribution.merge import parse
from shared.errors import FieldError

CONTENTS: tuple[dict[str, Any], ...] = (
    {},
    {"kind": "practice", "source_language": "pt-BR", "title": {"en": {"text": "A"}}, "themes": ["learner-mobility"]},
    {"kind": "lesson_learned", "declarations": {"rights": False, "consent": False}},
    {"kind": "joint_action", "authors": [{}], "links": [{"label": "x"}], "themes": ["staff-mobility"]},
    {
        "themes": ["learner-mobility"],
        "mobility": {"participants": ["staff"], "recognition_instruments": ["none", "ects"]},
    },
    {"themes": ["staff-mobility"], "mobility": {"participants": ["learners"]}},
)


def findings() -> list[FieldError]:
    return [finding for content in CONTENTS for finding in completeness(parse(content))]


def test_the_contents_bring_every_code_about() -> None:
    assert {finding.code for finding in findings()} == {
        "required", "required-in-source-language", "must-be-true", "contradiction", "participants",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "de", "de-AT"])
def test_every_finding_is_told_in_every_language(language: str) -> None:
    for finding in findings():
        told = in_words(finding, language)
        assert told.message != finding.message, finding
        assert "{" not in told.message
        assert (told.pointer, told.code, told.allowed) == (finding.pointer, finding.code, finding.allowed)


@pytest.mark.parametrize("language", ["en", "en-IE", "sv", ""])
def test_other_languages_are_answered_in_english(language: str) -> None:
    assert [in_words(finding, language) for finding in findings()] == findings()


def test_sentences_name_what_they_are_about() -> None:
    told = {(one.code, one.pointer): in_words(one, "fr").message for one in findings()}
    assert told["required-in-source-language", "/title/pt-BR/text"].endswith("(portugais)")
    assert "Mobilité" in told["participants", "/mobility/participants"]
    assert told["must-be-true", "/declarations/rights"] == told["required", "/declarations/rights"]
    assert told["required", "/themes"] != told["required", "/kind"] != told["required", "/title"]


def test_fields_are_called_by_their_names() -> None:
    labels = {one.pointer: label_of(one, "de") for one in findings()}
    assert labels["/title"] == "Titel"
    assert "Portugiesisch" in labels["/title/pt-BR/text"]
    assert all(label and not label.startswith("/") for label in labels.values())
    assert label_of(findings()[0], "sv") == label_of(findings()[0], "en")
