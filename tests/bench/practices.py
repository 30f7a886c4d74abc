"""Synthetic practices in several languages, for measuring: the same seed gives the same ones.

Words follow Zipf's law over lists of the field's vocabulary and of made-up words, so document frequencies are spread as
in real text: some words are everywhere, many are rare.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from shared.events.practices import PublicPractice
from shared.ids import new_id
from shared.vocabulary import vocabulary

FIELD: Final[dict[str, str]] = {
    "en": "the of and in to with school teachers learners mobility recognition staff exchange training partners"
    " abroad apprentices credits host placement learning outcomes green travel inclusion support mentoring",
    "de": "die der und in mit Schule Lehrkräfte Lernende Mobilität Anerkennung Austausch Ausbildung Partnerschaft"
    " Ausland Auszubildende Praktikum Lernergebnisse Betriebe Begleitung Nachhaltigkeit Teilhabe",
    "fr": "le la les de et dans avec école enseignants apprenants mobilité reconnaissance échange formation"
    " partenaires étranger apprentis stage acquis accompagnement inclusion durable établissement",
    "es": "el la los de y en con escuela docentes alumnado movilidad reconocimiento intercambio formación socios"
    " extranjero aprendices prácticas resultados acompañamiento inclusión sostenible centro",
    "pl": "i w z na do szkoła nauczyciele uczniowie mobilność uznawanie wymiana kształcenie partnerzy zagranica"
    " praktyka efekty wsparcie włączanie zrównoważony placówka",
    "it": "il la di e in con scuola docenti studenti mobilità riconoscimento scambio formazione partner estero"
    " tirocinio risultati sostegno inclusione sostenibile istituto",
    "pt": "o a de e em com escola professores aprendentes mobilidade reconhecimento intercâmbio formação parceiros"
    " estrangeiro estágio resultados apoio inclusão sustentável",
    "el": "το η και σε με σχολείο εκπαιδευτικοί μαθητές κινητικότητα αναγνώριση ανταλλαγή κατάρτιση εταίροι"
    " εξωτερικό πρακτική αποτελέσματα στήριξη ένταξη βιώσιμη",
    "nl": "de het van en in met school leraren lerenden mobiliteit erkenning uitwisseling opleiding partners"
    " buitenland leerlingen stage leerresultaten begeleiding inclusie duurzaam instelling",
    "fi": "ja on se että koulu opettajat oppijat liikkuvuus tunnustaminen vaihto koulutus kumppanit ulkomaat"
    " harjoittelu oppimistulokset tuki osallisuus kestävä oppilaitos",
}
_MADE_UP: Final = 12_000  # words of each language
_SYLLABLES: Final[dict[str, str]] = {
    "el": "κα λο μι ρα τε σο νι πα δρο φη γα βι",
    "pl": "prze wy sta nie rol kow szcz ow ni dzie mar zy",
}
_LATIN: Final = "an ber con del en fra gor hin is jo kel lam mo nor pe ras sol tun ver wi"
EPOCH: Final = datetime(2021, 1, 1, tzinfo=UTC)


class Practices:
    """Makes practices of about ``words`` words each."""

    def __init__(self, seed: int, *, words: int = 500) -> None:
        self._rng = random.Random(seed)
        self._words = words
        self._lists = {language: self._vocabulary(language) for language in FIELD}
        self._weights = {
            language: list(accumulate(1 / (rank + 3) for rank in range(len(words))))
            for language, words in self._lists.items()
        }
        self._organisations = [(f"org-{n}", " ".join(self._some("en", 3)).title()) for n in range(400)]

    def one(self, n: int) -> PublicPractice:
        """Make one practice; ``n`` sets when it was published."""
        rng, language = self._rng, self._rng.choice(list(FIELD))
        at = EPOCH + timedelta(minutes=37 * n)
        return PublicPractice(
            id=new_id(),
            version=1,
            kind=rng.choice(("practice", "practice", "practice", "lesson_learned", "joint_action")),
            content=self._content(language),
            languages=(language,),
            published_at=at,
            first_published_at=at,
            review_by=(at + timedelta(days=730)).date(),
            address=f"http://127.0.0.1/practices/{n}",
        )

    def two_words(self) -> str:
        """Return a query of two words of one language, neither of the commonest."""
        language = self._rng.choice(list(FIELD))
        return " ".join(self._rng.sample(self._lists[language][6:60], 2))

    def _content(self, language: str) -> dict[str, Any]:
        rng = self._rng

        def text(words: int) -> dict[str, Any]:
            return {language: {"text": self._prose(language, words), "provenance": "original"}}

        def codes(name: str, most: int) -> list[str]:
            return rng.sample(vocabulary(name).usable, rng.randint(1, most))

        organisation_id, organisation = rng.choice(self._organisations)
        start = rng.randint(2014, 2025)
        part = max(1, (self._words - 60) // 4)
        return {
            "kind": "practice",
            "source_language": language,
            "title": {language: {"text": " ".join(self._some(language, 8)).capitalize()}},
            "summary": text(50),
            "context": text(part),
            "actions": text(part),
            "results": text(part),
            "transferability": text(part),
            "sectors": codes("sectors", 2),
            "themes": codes("themes", 4),
            "target_groups": codes("target-groups", 2),
            "countries": rng.sample(vocabulary("countries").usable[:60], rng.randint(1, 3)),
            "evidence_level": rng.choice(vocabulary("evidence-levels").usable),
            "lead_organisation": {"id": organisation_id, "name": organisation},
            "authors": [{"name": " ".join(self._some("en", 2)).title()}],
            "period": {"start": f"{start}-01-01", "end": f"{start + rng.randint(0, 2)}-12-31"},
        }

    def _vocabulary(self, language: str) -> list[str]:
        syllables = _SYLLABLES.get(language, _LATIN).split()
        made = ("".join(self._rng.choices(syllables, k=self._rng.randint(2, 4))) for _ in range(_MADE_UP))
        return list(dict.fromkeys((*FIELD[language].split(), *made)))

    def _some(self, language: str, words: int) -> Sequence[str]:
        return self._rng.choices(self._lists[language], cum_weights=self._weights[language], k=words)

    def _prose(self, language: str, words: int) -> str:
        sentences = []
        while words > 0:
            length = min(words, self._rng.randint(6, 18))
            sentences.append(" ".join(self._some(language, length)).capitalize() + ".")
            words -= length
        return " ".join(sentences)
