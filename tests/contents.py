"""Contents of contributions for tests: one complete document to start from, and hypothesis strategies.

``complete_content("lesson_learned", reach="local")`` is a fresh, complete JSON document with one field changed.
"""

from datetime import date
from typing import Any, get_args

from hypothesis import strategies as st

from shared.contribution import Kind
from shared.vocabulary import vocabulary

KINDS: tuple[Kind, ...] = get_args(Kind)
LANGUAGES = ("en", "fr", "de", "el", "bg", "pt-BR", "sr-Latn", "zh-Hant", "ar", "ga")

Document = dict[str, Any]


def said(text: str, language: str = "en", provenance: str = "original") -> Document:
    """A text in one language, as the record keeps it."""
    return {language: {"text": text, "provenance": provenance}}


def complete_content(kind: Kind = "practice", **changes: Any) -> Document:
    """Return a document that can be submitted; ``changes`` replace fields, None takes a field out."""
    document = _common(kind) | _of_kind(kind) | changes
    return {name: value for name, value in document.items() if value is not None}


def _common(kind: Kind) -> Document:
    return {
        "kind": kind,
        "source_language": "en",
        "title": said("Two weeks in a partner workshop count towards the diploma"),
        "summary": said("Apprentices spend two weeks abroad; what they learn there is a unit of their diploma."),
        "context": said("Placements abroad were rare, and nothing learned there counted at home."),
        "actions": said("Two schools agreed on one unit, its assessment and who signs what, before anybody left."),
        "evidence_level": "internal-evaluation",
        "sectors": ["vet"],
        "target_groups": ["vet-learners", "trainers"],
        "themes": ["learner-mobility", "recognition"],
        "mobility": {
            "directions": ["abroad"],
            "participants": ["learners"],
            "activity_type": "traineeship",
            "duration_days": 14,
            "recognition_instruments": ["learning-agreement", "europass-mobility"],
        },
        "countries": ["FI", "IT"],
        "reach": "cross-border",
        "lead_organisation": {"id": "north-school", "name": "North School", "country": "FI"},
        "authors": [{"name": "Aino Example", "organisation": "North School"}],
        "partner_organisations": [{"id": "south-school", "name": "South School", "country": "IT"}],
        "contact": {"name": "Aino Example", "email": "aino@example.org", "visibility": "members"},
        "period": {"start": "2024-09-01", "end": "2025-06-30"},
        "licence": "CC-BY-4.0",
        "declarations": {"rights": True, "consent": True, "funding": "Erasmus+", "interests": "None."},
    }


def _of_kind(kind: Kind) -> Document:
    if kind == "practice":
        return {
            "results": said("Every apprentice of the first year had the unit recognised."),
            "transferability": said(
                "It needs one unit that two schools both teach, and the will to trust a signature."
            ),
        }
    if kind == "lesson_learned":
        return {
            "failure": said("In the second year nobody applied."),
            "causes": said("The call came out in the week of the examinations."),
            "change": said("We would ask the classes before setting the date."),
        }
    return {
        "joint_action": {
            "ask": said("Recognise placements of two weeks in every national framework."),
            "addressee": said("The education committee"),
            "by_when": "2027-03-31",
            "supporting_organisations": [{"name": "South School", "country": "IT"}],
        }
    }


_BIDI = [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]


def safe_text(most: int = 60) -> st.SearchStrategy[str]:
    """Text that the record accepts and keeps unchanged but for its normal form."""
    characters = st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp"), exclude_characters=_BIDI)
    return st.text(characters, min_size=1, max_size=most).filter(lambda text: bool(text.strip()))


def codes(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(vocabulary(name).codes)


def some(items: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, max_size=most)


def days() -> st.SearchStrategy[str]:
    return st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)).map(str)


def localised(most: int = 40) -> st.SearchStrategy[Document]:
    entry = st.fixed_dictionaries({"text": safe_text(most)}, optional={"provenance": codes("provenance")})
    return st.dictionaries(st.sampled_from(LANGUAGES), entry, max_size=3)


def organisations() -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries(
        {},
        optional={
            "id": safe_text(20),
            "name": safe_text(),
            "country": codes("countries"),
            "type": safe_text(),
            "website": st.just("https://organisation.example.org/"),
        },
    )


def _mobility() -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries(
        {},
        optional={
            "directions": some(codes("mobility-directions"), 3),
            "participants": some(codes("mobility-participants"), 2),
            "activity_type": codes("mobility-activities"),
            "duration_days": st.integers(1, 3660),
            "recognition_instruments": some(codes("recognition-instruments")),
        },
    )


def _joint_action() -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries(
        {},
        optional={
            "ask": localised(),
            "addressee": localised(),
            "by_when": days(),
            "supporting_organisations": some(organisations(), 2),
            "outcome": localised(),
        },
    )


def _indicators() -> st.SearchStrategy[Document]:
    measures = st.one_of(st.integers(-(10**15), 10**15), st.floats(-1e9, 1e9), safe_text())
    return st.fixed_dictionaries(
        {},
        optional={
            "name": localised(),
            "value": measures,
            "baseline": measures,
            "unit": safe_text(10),
            "source": safe_text(),
        },
    )


def drafts() -> st.SearchStrategy[Document]:
    """Any document that is a right content, complete or not."""
    texts = {name: localised() for name in ("title", "summary", "context", "results", "failure", "green")}
    return st.fixed_dictionaries(
        {},
        optional={
            **texts,
            "kind": st.sampled_from(KINDS),
            "source_language": st.sampled_from(LANGUAGES),
            "indicators": some(_indicators(), 2),
            "sectors": some(codes("sectors")),
            "themes": some(codes("themes")),
            "countries": some(codes("countries")),
            "reach": codes("reach"),
            "mobility": _mobility(),
            "lead_organisation": organisations(),
            "partner_organisations": some(organisations(), 3),
            "joint_action": _joint_action(),
            "declarations": st.fixed_dictionaries({}, optional={"rights": st.booleans(), "funding": safe_text()}),
        },
    )


@st.composite
def complete_contents(draw: st.DrawFn, kind: Kind | None = None) -> Document:
    """Documents that can be submitted, of one kind or of any."""
    chosen = draw(st.sampled_from(KINDS if kind is None else (kind,)))
    extras = {
        "title": st.builds(said, safe_text()),
        "green": st.builds(said, safe_text()),
        "sectors": st.lists(codes("sectors"), min_size=1, max_size=8),
        "countries": st.lists(codes("countries"), min_size=1, max_size=9),
        "reach": codes("reach"),
        "themes": st.lists(codes("themes"), max_size=4).map(lambda chosen: ["learner-mobility", *chosen]),
    }
    mobility = _common(chosen)["mobility"] | {"participants": ["learners", "staff"]}
    return complete_content(chosen, **draw(st.fixed_dictionaries({}, optional=extras)), mobility=mobility)


BROKEN: tuple[tuple[Document, str, str], ...] = (
    ({"kind": "story"}, "/kind", "unknown-code"),
    ({"colour": "blue"}, "/colour", "unknown-field"),
    ({"title": "Hello"}, "/title", "object"),
    ({"title": {"en": "Hello"}}, "/title/en", "object"),
    ({"title": {"en": {"text": "x" * 121}}}, "/title/en/text", "too-long"),
    ({"title": {"en": {"text": "one\ntwo"}}}, "/title/en/text", "character"),
    ({"title": {"english": {"text": "x"}}}, "/title/english", "language"),
    ({"title": {"en-GB": {"text": "x"}, "en-gb": {"text": "y"}}}, "/title", "language-twice"),
    ({"summary": {"en": {"text": "a\x00b"}}}, "/summary/en/text", "character"),
    ({"summary": {"en": {"text": "a\ud800b"}}}, "/summary/en/text", "character"),
    ({"summary": {"en": {"text": "a\u202eb"}}}, "/summary/en/text", "character"),
    ({"summary": {"en": {"text": 1}}}, "/summary/en/text", "text"),
    ({"summary": {"en": {"text": "x", "provenance": "divine"}}}, "/summary/en/provenance", "unknown-code"),
    ({"context": {"en": {"text": "x" * 20_001}}}, "/context/en/text", "too-long"),
    ({"themes": ["weather"]}, "/themes/0", "unknown-code"),
    ({"themes": "digital"}, "/themes", "list"),
    ({"themes": list(vocabulary("themes").codes[:6])}, "/themes", "too-long"),
    ({"countries": ["XX"]}, "/countries/0", "unknown-code"),
    ({"indicators": [{"value": True}]}, "/indicators/0/value", "measure"),
    ({"indicators": [{"value": 10**400}]}, "/indicators/0/value", "measure"),
    ({"indicators": [{"value": float("inf")}]}, "/indicators/0/value", "measure"),
    ({"mobility": {"duration_days": 10**400}}, "/mobility/duration_days", "less-than-equal"),
    ({"mobility": {"duration_days": "14"}}, "/mobility/duration_days", "integer"),
    ({"mobility": {"duration_days": True}}, "/mobility/duration_days", "integer"),
    ({"mobility": {"mode": "x"}}, "/mobility/mode", "unknown-field"),
    ({"programme": {"call_year": 1066}}, "/programme/call_year", "greater-than-equal"),
    ({"links": [{"url": "javascript:alert(1)"}]}, "/links/0/url", "url"),
    ({"links": [{"url": "https://user:secret@example.org"}]}, "/links/0/url", "url-credentials"),
    ({"contact": {"email": "nobody"}}, "/contact/email", "email"),
    ({"contact": {"visibility": "friends"}}, "/contact/visibility", "unknown-code"),
    ({"period": {"start": "2025-02-30"}}, "/period/start", "day"),
    ({"period": {"start": 0}}, "/period/start", "day"),
    ({"period": {"start": "2025-02-01", "end": "2025-01-01"}}, "/period", "period-order"),
    ({"licence": "MIT"}, "/licence", "unknown-code"),
    ({"declarations": {"rights": "true"}}, "/declarations/rights", "boolean"),
    ({"source_language": "und"}, "/source_language", "language"),
    ({"authors": [{"name": "A", "age": 7}]}, "/authors/0/age", "unknown-field"),
)
"""Documents with one fault each: the document, where the fault is, and its code."""


def broken() -> st.SearchStrategy[tuple[Document, str, str]]:
    """A complete document with one fault in it, where it is, and its code."""
    return st.sampled_from(BROKEN).map(lambda fault: (complete_content() | fault[0], fault[1], fault[2]))
