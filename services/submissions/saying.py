"""The events of this service, made from its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.submissions.domain.agreement import Agreement
from services.submissions.domain.contribution import JOINT_ACTION, Contribution
from services.submissions.domain.publication import Publication, Tombstone, address_of
from shared.contribution.content import Content
from shared.contribution.facets import facets, languages
from shared.contribution.public import public_content
from shared.events import submissions as said
from shared.events.practices import Agreement as PublicAgreement
from shared.events.practices import Attachment as PublicAttachment
from shared.events.practices import PublicPractice
from shared.events.submissions import NearDuplicate


def titles(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the title in every language it has."""
    return {language: variant["text"] for language, variant in (content.get("title") or {}).items()}


def drafted(contribution: Contribution) -> said.SubmissionDrafted:
    return said.SubmissionDrafted(
        contribution_id=contribution.id, kind=contribution.content.get("kind"), author_ids=contribution.author_ids
    )


def discarded(contribution: Contribution) -> said.SubmissionDiscarded:
    return said.SubmissionDiscarded(contribution_id=contribution.id, author_ids=contribution.author_ids)


def restored(contribution: Contribution) -> said.SubmissionRestored:
    return said.SubmissionRestored(
        contribution_id=contribution.id, kind=contribution.content.get("kind"), author_ids=contribution.author_ids
    )


def submitted(
    contribution: Contribution,
    content: Content,
    *,
    by: str,
    similar: Sequence[NearDuplicate],
    answers: Mapping[str, str] | None = None,
) -> said.SubmissionSubmitted | said.SubmissionResubmitted:
    """Tell reviewers and their routing everything about a submitted version; with ``answers`` it is a next round.

    The organisations of the authors' sign-ins count too, so that a conflict of interest is not missed.
    """
    found = facets(content)
    fields: dict[str, Any] = {
        "contribution_id": contribution.id,
        "version": contribution.version,
        "round": contribution.round,
        "kind": content.kind,
        "title": found.title,
        "source_language": content.source_language,
        "languages": found.languages,
        "sectors": content.sectors,
        "themes": content.themes,
        "countries": found.countries,
        "lead_organisation_id": found.lead_organisation_id,
        "organisation_ids": tuple(dict.fromkeys((*found.organisation_ids, *contribution.organisations))),
        "organisation_names": found.organisation_names,
        "author_ids": contribution.author_ids,
        "content": contribution.content,
        "attachments": public_attachments(contribution),
        "near_duplicates": tuple(similar),
        "submitted_by": by,
    }
    if answers is None:
        return said.SubmissionSubmitted(**fields)
    given = tuple(said.Answer(comment_id=comment, text=text) for comment, text in answers.items())
    return said.SubmissionResubmitted(**fields, answers=given)


def withdrawn(contribution: Contribution) -> said.SubmissionWithdrawn:
    return said.SubmissionWithdrawn(**_edition(contribution))


def appealed(contribution: Contribution, text: str) -> said.SubmissionAppealed:
    return said.SubmissionAppealed(**_edition(contribution), text=text)


def published(contribution: Contribution, public_url: str) -> said.SubmissionPublished:
    return said.SubmissionPublished(**_edition(contribution), address=address_of(public_url, contribution.id))


def tombstoned(contribution: Contribution, public: PublicPractice, tombstone: Tombstone) -> said.SubmissionTombstoned:
    return said.SubmissionTombstoned(
        contribution_id=contribution.id,
        version=public.version,
        title=titles(public.content),
        reason_code=tombstone.reason_code,
        reason=tombstone.reason,
        author_ids=contribution.author_ids,
    )


def went_stale(contribution: Contribution, public: PublicPractice) -> said.SubmissionWentStale:
    return said.SubmissionWentStale(
        contribution_id=contribution.id,
        version=public.version,
        title=titles(public.content),
        author_ids=contribution.author_ids,
        review_by=public.review_by,
    )


def confirmed(contribution: Contribution, public: PublicPractice, now: datetime) -> said.SubmissionConfirmed:
    return said.SubmissionConfirmed(
        contribution_id=contribution.id,
        version=public.version,
        title=titles(public.content),
        author_ids=contribution.author_ids,
        review_by=public.review_by,
        confirmed_at=now,
    )


def agreed(contribution: Contribution, public: PublicPractice, agreement: Agreement) -> said.SubmissionAgreed:
    return said.SubmissionAgreed(
        contribution_id=contribution.id,
        version=public.version,
        title=titles(public.content),
        author_ids=contribution.author_ids,
        agreed_on=agreement.agreed_on,
        parties=agreement.parties,
    )


def agreement_retracted(contribution: Contribution, public: PublicPractice) -> said.SubmissionAgreementRetracted:
    return said.SubmissionAgreementRetracted(
        contribution_id=contribution.id,
        version=public.version,
        title=titles(public.content),
        author_ids=contribution.author_ids,
    )


def public_practice(
    contribution: Contribution, publication: Publication, content: Content, public_url: str, *, attached_text: str
) -> PublicPractice:
    """Return the public snapshot of a version as it is published; ``content`` is the contribution's own, parsed.

    An agreement goes on to the versions that follow, as long as they are joint actions.
    """
    agreement = contribution.agreement if content.kind == JOINT_ACTION else None
    return PublicPractice(
        id=contribution.id,
        version=publication.version,
        kind=content.kind or "practice",
        state="stale" if publication.stale else "live",
        content=public_content(content),
        languages=languages(content),
        attachments=public_attachments(contribution),
        attached_text=attached_text,
        published_at=publication.published_at,
        first_published_at=publication.first_published_at,
        review_by=publication.review_by,
        address=address_of(public_url, contribution.id),
        agreement=public_agreement(agreement) if agreement else None,
    )


def public_agreement(agreement: Agreement) -> PublicAgreement:
    return PublicAgreement(agreed_on=agreement.agreed_on, parties=agreement.parties, text=dict(agreement.text))


def public_attachments(contribution: Contribution) -> tuple[PublicAttachment, ...]:
    return tuple(
        PublicAttachment(
            id=one.id,
            name=one.name,
            media_type=one.media_type,
            bytes=one.bytes,
            sha256=one.sha256,
            alt_text=one.alt_text,
            licence=one.licence,
        )
        for one in contribution.attachments
    )


def _edition(contribution: Contribution) -> dict[str, Any]:
    return {
        "contribution_id": contribution.id,
        "version": contribution.version,
        "round": contribution.round,
        "title": titles(contribution.content),
        "author_ids": contribution.author_ids,
    }
