"""From the export's words to our codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# How words of a topic begin; the export's topics are a list of English phrases that changes from call to call.
_BEGINNINGS: Mapping[str, str] = {
    "recognition": "recognition|transparency|certificat|ecvet|credit|qualification",
    "beyond-europe": "international cooperation|international relations|development cooperation|third countr",
    "green-transition": "environment|climate|green|energy|sustainab",
    "inclusion": (
        "inclusi|equity|disabilit|special needs|migrant|refugee|gender|disadvantag|roma|early school leaving|access for"
        "|combating failure|social dialogue|human rights|integration"
    ),
    "digital": "ict|digital|new technolog|open and distance|virtual|innovative",
    "curricula": "curricul|teaching method|pedagog|key competences|teaching and learning|foreign language",
    "partnerships": "cooperation between|cooperation with|partnership|network|enterprise, industry|regional dimension",
    "policy-funding": "polic|quality assurance|governance|economic and financial|funding|reform",
    "internationalisation-strategy": "internationalis|internationaliz|institution|quality improvement|strateg",
    "internationalisation-at-home": "intercultural|eu citizenship|european citizenship|eu awareness|democra",
}
_THEMES = {theme: re.compile(rf"\b(?:{beginnings})") for theme, beginnings in _BEGINNINGS.items()}
_STAFF_ACTIONS = frozenset({"KA101", "KA104", "KA153-YOU", "KA182-SPO", "KA2TA"})
_LEARNER_ACTIONS = frozenset({"KA105", "KA152-YOU", "KA155-YOU", "KA1EVS", "KA1JMD"})
_SECTOR_BY_ENDING = {
    "SCH": "school", "VET": "vet", "HED": "higher-education", "ADU": "adult", "YOU": "non-formal-youth",
}  # fmt: skip
_SECTOR_BY_ACTION: Mapping[str, str] = {
    **dict.fromkeys(("KA101", "KA201", "KA219", "KA229", "JM-SCHOOL", "LLP-COMENIUS", "KA2TA"), "school"),
    **dict.fromkeys(
        ("KA102", "KA109", "KA116", "KA202", "KA2SSA", "KA2COVE", "KA2CBVET", "KA3VET", "LLP-LEONARDO"), "vet"
    ),
    **dict.fromkeys(
        ("KA103", "KA107", "KA108", "KA1JMD", "KA203", "KA2KA", "KA2CBHE", "KA2EUI", "KA2EMDM", "KA2VE", "JM-CHAIR",
         "JM-MODULE", "JM-COE", "JM-NETWORK", "JM-PROJECT", "JM-ASSOCIATION", "JM-TEACHER", "LLP-ERASMUS"),
        "higher-education",
    ),
    **dict.fromkeys(("KA104", "KA204", "LLP-GRUNDTVIG"), "adult"),
    **dict.fromkeys(("KA105", "KA110", "KA1EVS", "KA205", "KA2CBY", "KA347", "KA3EYT"), "non-formal-youth"),
    **dict.fromkeys(("KA200", "LLP-TRANSVERSAL"), "cross-sector"),
}  # fmt: skip
_SECTOR_BY_TYPE: tuple[tuple[str, str], ...] = (
    ("pre-primary", "early-years"),
    ("early childhood", "early-years"),
    ("higher education", "higher-education"),
    ("tertiary", "higher-education"),
    ("vocational training (secondary", "vet"),
    ("vocational", "vet"),
    ("vet ", "vet"),
    ("adult education", "adult"),
    ("youth", "non-formal-youth"),
    ("guidance", "validation-guidance"),
    ("counselling", "validation-guidance"),
    ("accreditation, certification", "validation-guidance"),
    ("general education", "school"),
    ("primary level", "school"),
    ("secondary level", "school"),
    ("school", "school"),
)
MOST_THEMES = 5


def themes_of(topics: str, action_type: str | None, key_action: str | None) -> tuple[str, ...]:
    """Return up to five themes: who moves, as the action says, then what the topics speak of, in their order.

    ``topics`` are separated by semicolons (their own commas belong to them).
    """
    found: list[str] = list(_movers(action_type, key_action))
    for topic in _each(topics):
        found += [theme for theme, words in _THEMES.items() if words.search(topic)]
    return tuple(dict.fromkeys(found))[:MOST_THEMES]


def unmapped(topics: str) -> tuple[str, ...]:
    """Return the topics that lead to no theme."""
    return tuple(topic for topic in _each(topics) if not any(words.search(topic) for words in _THEMES.values()))


def sectors_of(action_type: str | None, organisation_types: Iterable[str]) -> tuple[str, ...]:
    """Return the sector of the action, or where it has none those of the organisations."""
    if action_type:
        sector = _SECTOR_BY_ACTION.get(action_type) or _SECTOR_BY_ENDING.get(action_type.rpartition("-")[2])
        if sector:
            return (sector,)
    found = (_sector_of_type(kind) for kind in organisation_types)
    return tuple(dict.fromkeys(sector for sector in found if sector))


def _movers(action_type: str | None, key_action: str | None) -> tuple[str, ...]:
    if action_type in _STAFF_ACTIONS:
        return ("staff-mobility",)
    if action_type in _LEARNER_ACTIONS:
        return ("learner-mobility",)
    return ("learner-mobility", "staff-mobility") if key_action == "KA1" else ()


def _sector_of_type(kind: str) -> str | None:
    plain = kind.casefold()
    return next((sector for word, sector in _SECTOR_BY_TYPE if word in plain), None)


def _each(topics: str) -> list[str]:
    return [" ".join(topic.split()).casefold() for topic in topics.split(";") if topic.strip()]
