"""The timeline of a contribution in plain words, in the languages the house writes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.submissions.domain.state import Step

LANGUAGES = ("en", "fr", "de")

_WORDS: Mapping[str, Mapping[str, str]] = {
    "created": {"en": "Begun", "fr": "Commencée", "de": "Begonnen"},
    "discarded": {
        "en": "Draft of version {version} discarded; it can be restored for 30 days",
        "fr": "Brouillon de la version {version} supprimé ; il peut être récupéré pendant 30 jours",
        "de": "Entwurf der Version {version} verworfen; er kann 30 Tage lang wiederhergestellt werden",
    },
    "restored": {
        "en": "Draft of version {version} restored",
        "fr": "Brouillon de la version {version} récupéré",
        "de": "Entwurf der Version {version} wiederhergestellt",
    },
    "submitted": {
        "en": "Version {version} submitted for review",
        "fr": "Version {version} soumise à évaluation",
        "de": "Version {version} zur Begutachtung eingereicht",
    },
    "resubmitted": {
        "en": "Version {version} submitted again, for round {round}",
        "fr": "Version {version} soumise à nouveau, tour {round}",
        "de": "Version {version} erneut eingereicht, Runde {round}",
    },
    "in_review": {
        "en": "Review of version {version} began, round {round}",
        "fr": "Évaluation de la version {version} commencée, tour {round}",
        "de": "Begutachtung der Version {version} begonnen, Runde {round}",
    },
    "changes_requested": {
        "en": "Changes to version {version} were asked for",
        "fr": "Des modifications de la version {version} ont été demandées",
        "de": "Änderungen an Version {version} wurden erbeten",
    },
    "approved": {
        "en": "Version {version} approved",
        "fr": "Version {version} approuvée",
        "de": "Version {version} angenommen",
    },
    "published": {
        "en": "Version {version} published",
        "fr": "Version {version} publiée",
        "de": "Version {version} veröffentlicht",
    },
    "rejected": {
        "en": "Version {version} rejected",
        "fr": "Version {version} refusée",
        "de": "Version {version} abgelehnt",
    },
    "appealed": {
        "en": "Rejection of version {version} appealed",
        "fr": "Recours contre le refus de la version {version}",
        "de": "Einspruch gegen die Ablehnung der Version {version}",
    },
    "withdrawn": {
        "en": "Version {version} withdrawn by its authors",
        "fr": "Version {version} retirée par ses auteurs",
        "de": "Version {version} von ihren Autorinnen und Autoren zurückgezogen",
    },
    "revised": {
        "en": "Work on version {version} began",
        "fr": "Travail sur la version {version} commencé",
        "de": "Arbeit an Version {version} begonnen",
    },
    "confirmed": {
        "en": "Confirmed as still valid",
        "fr": "Confirmée comme toujours valable",
        "de": "Als weiterhin gültig bestätigt",
    },
    "stale": {
        "en": "Its review-by date passed without a confirmation",
        "fr": "Sa date de réexamen est passée sans confirmation",
        "de": "Ihr Prüfdatum verstrich ohne Bestätigung",
    },
    "agreed": {
        "en": "Recorded as agreed",
        "fr": "Accord enregistré",
        "de": "Als vereinbart eingetragen",
    },
    "agreement_retracted": {
        "en": "The record that it was agreed was taken back",
        "fr": "L’accord enregistré a été annulé",
        "de": "Der Eintrag, dass es vereinbart wurde, wurde zurückgenommen",
    },
    "tombstoned": {"en": "Taken down", "fr": "Retirée de la publication", "de": "Aus der Veröffentlichung genommen"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: when, what in a stable word and in plain words, by whom, and what was said with it."""

    at: datetime
    what: str
    text: str
    by: str
    version: int
    round: int
    note: str = ""


def timeline(created_at: datetime, owner_id: str, history: Sequence[Step], language: str) -> list[Line]:
    """Tell the whole life, oldest first, in ``language`` (else in English).

    ``by`` is an author's person id, or ``coordinator`` or ``system``: never which one.
    """
    begun = Step(at=created_at, what="created", by=owner_id, version=1, round=0)
    return [_line(step, language) for step in (begun, *history)]


def words(what: str, language: str, *, version: int, round_: int) -> str:
    """Say what happened in plain words, in ``language`` (else in English)."""
    told = _WORDS[what]
    chosen = told.get(language.partition("-")[0].lower(), told["en"])
    return chosen.format(version=version, round=round_)


def _line(step: Step, language: str) -> Line:
    return Line(
        at=step.at,
        what=step.what,
        text=words(step.what, language, version=step.version, round_=step.round),
        by=step.by,
        version=step.version,
        round=step.round,
        note=step.note,
    )
