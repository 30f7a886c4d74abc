"""Where a contribution stands, in one sentence, in the languages the house writes in."""

from __future__ import annotations

from collections.abc import Mapping

from services.submissions.domain.standing import Standing
from services.submissions.domain.state import State
from services.submissions.domain.timeline import LANGUAGES, words

_WORDS: Mapping[str, Mapping[str, str]] = {
    "draft": {
        "en": "Draft of version {version}, not yet submitted",
        "fr": "Brouillon de la version {version}, pas encore soumis",
        "de": "Entwurf der Version {version}, noch nicht eingereicht",
    },
    "in_review": {
        "en": "Version {version} is being reviewed, round {round}",
        "fr": "Version {version} en cours d’évaluation, tour {round}",
        "de": "Version {version} wird begutachtet, Runde {round}",
    },
    "stale": {
        "en": "Version {version} published, but its review-by date has passed",
        "fr": "Version {version} publiée, mais sa date de réexamen est passée",
        "de": "Version {version} veröffentlicht, aber ihr Prüfdatum ist verstrichen",
    },
}
_TO_ANSWER: Mapping[str, tuple[str, str, str]] = {
    "en": ("every comment is answered", "1 comment waits for an answer", "{count} comments wait for an answer"),
    "fr": (
        "tous les commentaires ont une réponse",
        "1 commentaire attend une réponse",
        "{count} commentaires attendent une réponse",
    ),
    "de": (
        "alle Kommentare sind beantwortet",
        "1 Kommentar wartet auf Antwort",
        "{count} Kommentare warten auf Antwort",
    ),
}
_STAYS_PUBLIC: Mapping[str, str] = {
    "en": "; version {version} is public",
    "fr": " ; la version {version} est publique",
    "de": "; Version {version} ist öffentlich",
}
_COLON: Mapping[str, str] = {"en": ": ", "fr": " : ", "de": ": "}


def status(standing: Standing, language: str) -> str:
    """Tell where it stands, in ``language`` (else in English), without a full stop."""
    base = language.partition("-")[0].lower()
    spoken = base if base in LANGUAGES else "en"
    told = _told(standing, spoken)
    if standing.state is State.CHANGES_REQUESTED:
        count = standing.unanswered
        told += _COLON[spoken] + _TO_ANSWER[spoken][min(count, 2)].format(count=count)
    public = standing.public_version
    if public is not None and public != standing.version and standing.state is not State.TOMBSTONED:
        told += _STAYS_PUBLIC[spoken].format(version=public)
    return told


def _told(standing: Standing, spoken: str) -> str:
    state = standing.state
    what = state.value
    if state is State.SUBMITTED and standing.round > 1:
        what = "resubmitted"
    elif state is State.PUBLISHED and standing.stale:
        what = "stale"
    if what in _WORDS:
        return _WORDS[what][spoken].format(version=standing.version, round=standing.round)
    return words(what, spoken, version=standing.version, round_=standing.round)
