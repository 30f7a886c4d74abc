"""Open a case, its next round, or its appeal, as the submissions service tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from services.review.case_file import SYSTEM, CaseFile
from services.review.domain import case as rules
from services.review.domain.case import Entry, Facets, case_id_of
from services.review.domain.conflict import Parties, keys
from services.review.domain.policy import Policy
from services.review.store import Records
from shared.events.base import EventData, rfc3339
from shared.events.envelope import Received
from shared.events.reviews import ReviewOpened
from shared.events.submissions import SubmissionAppealed, SubmissionResubmitted, Submitted
from shared.store.outbox import Transaction


async def open_round(event: Received[Submitted], tx: Transaction, *, policy: Policy) -> None:
    """Open the case for a submitted version, or its next round; without effect when that was done before.

    A round whose case was never seen opens the case: the event holds everything that is needed.
    """
    data, records = event.data, Records.of(tx)
    parties = parties_of(data)
    await records.keep_authorship(data.contribution_id, parties.authors, at=event.time)
    co_authors = await records.co_authors(parties.authors, since=tx.now - policy.memory)
    entry = entry_of(data, replace(parties, co_authors=co_authors))
    filed = await records.filed(case_id_of(data.contribution_id, data.version))
    if filed is None:
        case = rules.opened(data.contribution_id, data.version, entry, policy=policy, now=tx.now)
        file = CaseFile.new(tx, case)
    else:
        again = rules.reopened(filed.case, entry, policy=policy, now=tx.now)
        if again is None:
            return
        file = CaseFile(tx, filed)
        file.case = again
    records.add_snapshot(file.case, _snapshot(data))
    await _announce(file, "opened", by=data.submitted_by)


async def open_appeal(event: Received[SubmissionAppealed], tx: Transaction, *, policy: Policy) -> None:
    """Reopen a rejected case for fresh reviewers and a second coordinator; without effect when it is not rejected."""
    data, records = event.data, Records.of(tx)
    filed = await records.filed(case_id_of(data.contribution_id, data.version))
    if filed is None:
        return
    again = rules.appealed(filed.case, round_=data.round, policy=policy, now=tx.now)
    if again is None:
        return
    file = CaseFile(tx, filed)
    file.case = again
    await _announce(file, "appealed", by="author", text=data.text)


async def _announce(file: CaseFile, act: str, *, by: str, **facts: Any) -> None:
    case = file.case
    file.say(ReviewOpened, due_at=case.due_at, quorum=case.quorum)
    file.note(act, by or SYSTEM, due_at=rfc3339(case.due_at), quorum=case.quorum, **facts)
    await file.put_back()


def entry_of(data: Submitted, parties: Parties) -> Entry:
    return Entry(
        round=data.round,
        kind=data.kind,
        title=data.title,
        author_ids=data.author_ids,
        parties=parties,
        facets=Facets(sectors=data.sectors, themes=data.themes, languages=data.languages, countries=data.countries),
    )


def parties_of(data: Submitted) -> Parties:
    """Everybody whom a judgement of this submission must not come from, as far as it names them."""
    content = data.content
    authors = _all_of(content.get("authors"))
    lead = content.get("lead_organisation") or {}
    partners = _all_of(content.get("partner_organisations"))
    lead_keys = keys([data.lead_organisation_id, lead.get("id"), lead.get("name")])
    other_keys = keys(
        [
            *data.organisation_ids,
            *data.organisation_names,
            *(author.get("organisation") for author in authors),
            *(partner.get(name) for partner in partners for name in ("id", "name")),
        ]
    )
    ids = (*data.author_ids, data.submitted_by, *(author.get("person_id") for author in authors))
    return Parties(
        authors=frozenset(person for person in ids if person),
        author_names=keys(author.get("name") for author in authors if not author.get("person_id")),
        lead=lead_keys,
        partners=other_keys - lead_keys,
    )


def _all_of(parts: Iterable[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    return list(parts or ())


def _snapshot(data: Submitted) -> dict[str, Any]:
    """What reviewers are shown of a round."""
    return {
        "content": data.content,
        "source_language": data.source_language,
        "attachments": _plain(data.attachments),
        "near_duplicates": _plain(data.near_duplicates),
        "answers": _plain(data.answers) if isinstance(data, SubmissionResubmitted) else [],
    }


def _plain(parts: Iterable[EventData] | Iterable[Any]) -> list[dict[str, Any]]:
    return [part.model_dump(mode="json") for part in parts]
