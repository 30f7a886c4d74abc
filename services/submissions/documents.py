"""A contribution as the database keeps it, and back. Enumerations are their values, days ISO 8601 text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from services.submissions.domain.agreement import Agreement
from services.submissions.domain.attachments import Attachment
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.feedback import NEED_ANSWERS, Answer, Comment, Feedback, Outcome
from services.submissions.domain.publication import Publication, Tombstone
from services.submissions.domain.standing import Standing
from services.submissions.domain.state import Origin, SetAside, State, Step, Working
from shared.contribution.fingerprint import Fingerprint

Document = dict[str, Any]

_PLAIN = (
    "owner_id",
    "version",
    "round",
    "revision",
    "last_submitted",
    "content",
    "decision_due",
    "appeal_until",
    "publish_at",
    "discarded_at",
    "created_at",
    "updated_at",
    "said",
    "practice_said",
)


def contribution_document(contribution: Contribution) -> Document:
    """Return the document of a contribution; what it does not have is left out."""
    document: Document = {"_id": contribution.id, "state": contribution.state.value}
    for name in _PLAIN:
        value = getattr(contribution, name)
        if value is not None:
            document[name] = value
    document["author_ids"] = list(contribution.author_ids)
    document["organisations"] = list(contribution.organisations)
    document["attachments"] = [flat(attachment) for attachment in contribution.attachments]
    document["history"] = [flat(step) for step in contribution.history]
    if contribution.fingerprint:
        document |= fingerprint_fields(contribution.fingerprint)
    if contribution.feedback:
        document["feedback"] = _feedback_document(contribution.feedback)
    if contribution.publication:
        document["publication"] = flat(contribution.publication) | {
            "review_by": contribution.publication.review_by.isoformat()
        }
    if contribution.agreement:
        document["agreement"] = flat(contribution.agreement) | {
            "agreed_on": contribution.agreement.agreed_on.isoformat(),
            "parties": list(contribution.agreement.parties),
        }
    if contribution.tombstone:
        document["tombstone"] = flat(contribution.tombstone)
    if contribution.set_aside:
        document["set_aside"] = _set_aside_document(contribution.set_aside)
    if contribution.origin:
        document["origin"] = flat(contribution.origin)
    return document


def contribution_from(document: Mapping[str, Any]) -> Contribution:
    """Return the contribution of a document that ``contribution_document`` made."""
    values = {name: document[name] for name in _PLAIN if name in document}
    return Contribution(
        id=document["_id"],
        state=State(document["state"]),
        author_ids=tuple(document["author_ids"]),
        organisations=tuple(document["organisations"]),
        attachments=_attachments(document["attachments"]),
        history=tuple(Step(**step) for step in document["history"]),
        fingerprint=fingerprint_from(document),
        feedback=_feedback_from(document["feedback"]) if "feedback" in document else None,
        publication=_publication_from(document["publication"]) if "publication" in document else None,
        agreement=_agreement_from(document["agreement"]) if "agreement" in document else None,
        tombstone=Tombstone(**document["tombstone"]) if "tombstone" in document else None,
        set_aside=_set_aside_from(document["set_aside"]) if "set_aside" in document else None,
        origin=Origin(**document["origin"]) if "origin" in document else None,
        **values,
    )


def standing_from(document: Mapping[str, Any]) -> Standing:
    """Return where a contribution stands, from what a list loads of its document."""
    publication, aside = document.get("publication", {}), document.get("set_aside", {})
    state, version = State(document["state"]), document["version"]
    feedback = document.get("feedback", {}) if state is State.CHANGES_REQUESTED else {}
    answered = {answer["comment_id"] for answer in feedback.get("answers", ())}
    asked = [one["id"] for one in feedback.get("comments", ()) if one["severity"] in NEED_ANSWERS]
    return Standing(
        state=state,
        version=version,
        round=document["round"],
        public_version=publication.get("version"),
        stale=publication.get("stale", False),
        review_by=date.fromisoformat(publication["review_by"]) if publication else None,
        discarded_at=document.get("discarded_at"),
        set_aside_at=aside.get("at"),
        appeal_until=document.get("appeal_until"),
        was_appealed=any(step["what"] == "appealed" and step["version"] == version for step in document["history"]),
        open_comments=len(asked),
        unanswered=sum(one not in answered for one in asked),
    )


def flat(record: Any) -> Document:
    """Return the fields of a dataclass that have a value; unlike ``asdict`` it copies nothing below them."""
    found = ((field.name, getattr(record, field.name)) for field in fields(record))
    return {name: value for name, value in found if value is not None}


def fingerprint_fields(fingerprint: Fingerprint) -> Document:
    """Return the signature and its bands, which are indexed."""
    return {"signature": fingerprint.signature, "bands": list(fingerprint.bands)}


def fingerprint_from(document: Mapping[str, Any]) -> Fingerprint | None:
    """Return the fingerprint of a contribution or practice, if it was given one."""
    if "signature" not in document:
        return None
    return Fingerprint(signature=document["signature"], bands=tuple(document.get("bands", ())))


def _feedback_document(feedback: Feedback) -> Document:
    return flat(feedback) | {
        "outcome": feedback.outcome.value,
        "reason_codes": list(feedback.reason_codes),
        "remarks": list(feedback.remarks),
        "comments": [flat(comment) for comment in feedback.comments],
        "answers": [flat(answer) for answer in feedback.answers],
    }


def _feedback_from(document: Mapping[str, Any]) -> Feedback:
    return Feedback(
        **dict(document)
        | {
            "outcome": Outcome(document["outcome"]),
            "reason_codes": tuple(document["reason_codes"]),
            "remarks": tuple(document["remarks"]),
            "comments": tuple(Comment(**comment) for comment in document["comments"]),
            "answers": tuple(Answer(**answer) for answer in document.get("answers", ())),
        }
    )


def _publication_from(document: Mapping[str, Any]) -> Publication:
    return Publication(**dict(document) | {"review_by": date.fromisoformat(document["review_by"])})


def _agreement_from(document: Mapping[str, Any]) -> Agreement:
    typed = {"agreed_on": date.fromisoformat(document["agreed_on"]), "parties": tuple(document["parties"])}
    return Agreement(**dict(document) | typed)


def working_from(document: Mapping[str, Any]) -> Working:
    """Return what an edition is made of, from the document of a snapshot or of a draft that was set aside."""
    return Working(content=document["content"], attachments=_attachments(document["attachments"]))


def _set_aside_document(aside: SetAside) -> Document:
    return {
        "version": aside.version,
        "content": aside.working.content,
        "attachments": [flat(one) for one in aside.working.attachments],
        "at": aside.at,
    }


def _set_aside_from(document: Mapping[str, Any]) -> SetAside:
    return SetAside(version=document["version"], working=working_from(document), at=document["at"])


def _attachments(documents: list[Document]) -> tuple[Attachment, ...]:
    return tuple(Attachment(**document) for document in documents)
