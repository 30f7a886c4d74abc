"""An Atom feed (RFC 4287) in pages (RFC 5005) with tombstones (RFC 6721), as a document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from services.syndication.domain.agreed import agreed, what_was_agreed
from services.syndication.domain.filters import Filter
from services.syndication.domain.known import Known, Said, said
from services.syndication.domain.licences import licence_address
from services.syndication.domain.published import State
from services.syndication.feeds import words
from services.syndication.xml import LANG, Element, add, begin, to_bytes
from shared.events.found_under import organisations_of
from shared.events.practices import Agreement, PublicPractice
from shared.vocabulary import vocabulary

MEDIA_TYPE: Final = "application/atom+xml"
ATOM: Final = "http://www.w3.org/2005/Atom"
TOMBSTONES: Final = "http://purl.org/atompub/tombstones/1.0"
DC_TERMS: Final = "http://purl.org/dc/terms/"
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)  # the date of a feed in which nothing is yet
_A: Final = f"{{{ATOM}}}"
_AT: Final = f"{{{TOMBSTONES}}}"
_PARAMETERS: Final = {
    "types": "type",
    "kinds": "kind",
    "sectors": "sector",
    "themes": "theme",
    "countries": "country",
    "languages": "language",
    "organisations": "organisation",
}
# By the field of the record, the code list; each becomes categories with an address of their own as scheme.
_CATEGORIES: Final = (("sectors", "sectors"), ("themes", "themes"), ("countries", "countries"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where things are: ``domain`` in identifiers, for ever; the addresses of this service, the pages and the API."""

    domain: str
    own_url: str
    web_url: str
    practices_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a feed. ``cursor`` is where it begins, None for the first; ``next`` where the one after it does."""

    wanted: Filter
    language: str | None
    entries: Sequence[Known]
    cursor: str | None
    next: str | None
    limit: int | None


def feed(page: Page, place: Place) -> bytes:
    """Return the page as a document."""
    ours = words.spoken(page.language)
    root = begin(ATOM, "feed", at=TOMBSTONES, dcterms=DC_TERMS)
    root.set(LANG, ours)
    query = _query(page.wanted, page.language)
    add(root, f"{_A}id", f"tag:{place.domain},2026:feed{'?' if query else ''}{urlencode(query)}")
    add(root, f"{_A}title", words.title(page.wanted, ours))
    add(root, f"{_A}subtitle", words.subtitle(ours))
    add(root, f"{_A}updated", _moment(max((one.changed_at for one in page.entries), default=BEGINNING)))
    add(add(root, f"{_A}author"), f"{_A}name", words.SITE)
    add(root, f"{_A}generator", words.SITE, uri=place.web_url)
    _links(root, page, place)
    for known in page.entries:
        if known.practice is not None and known.is_in(page.wanted):
            _entry(root, known, known.practice, page.language, place)
        else:
            _tombstone(root, known, ours, place)
    return to_bytes(root)


def entry_id(practice_id: str, place: Place) -> str:
    """Return what names a practice in every feed, now and in later versions (RFC 4151)."""
    return f"tag:{place.domain},2026:practice/{practice_id}"


def address(page: Page, place: Place, cursor: str | None) -> str:
    """Return the address of a page of this feed."""
    pairs = _query(page.wanted, page.language)
    pairs += [("limit", str(page.limit))] if page.limit else []
    pairs += [("cursor", cursor)] if cursor else []
    return f"{place.own_url}/feed.atom" + (f"?{urlencode(pairs)}" if pairs else "")


def _links(root: Element, page: Page, place: Place) -> None:
    add(root, f"{_A}link", rel="self", type=MEDIA_TYPE, href=address(page, place, page.cursor))
    add(root, f"{_A}link", rel="first", type=MEDIA_TYPE, href=address(page, place, None))
    if page.next:
        add(root, f"{_A}link", rel="next", type=MEDIA_TYPE, href=address(page, place, page.next))
    pairs = [pair for pair in _query(page.wanted, page.language) if pair[0] != "type"]
    found = f"{place.web_url}/search" + (f"?{urlencode(pairs)}" if pairs else "")
    add(root, f"{_A}link", rel="alternate", type="text/html", href=found)


def _entry(root: Element, known: Known, practice: PublicPractice, language: str | None, place: Place) -> None:
    content, source = practice.content, practice.content.get("source_language")
    ours = words.spoken(language)
    entry = add(root, f"{_A}entry")
    title = said(content.get("title"), language, source) or Said(text="…", language=source or "en")
    add(entry, f"{_A}id", entry_id(known.id, place))
    add(entry, f"{_A}title", title.text, lang=title.language)
    add(entry, f"{_A}updated", _moment(known.time))
    add(entry, f"{_A}published", _moment(practice.first_published_at))
    for name in _authors(practice):
        add(add(entry, f"{_A}author"), f"{_A}name", name)
    add(entry, f"{_A}link", rel="alternate", type="text/html", href=practice.address)
    record = f"{place.practices_url}/practices/{known.id}"
    add(entry, f"{_A}link", rel="alternate", type="application/json", href=record)
    _categories(entry, practice, ours, place)
    if known.state is State.STALE:
        add(entry, f"{_A}category", term="stale", scheme=f"{place.practices_url}/states", label=words.stale(ours))
    if practice.agreement:
        label = agreed(practice.agreement, ours)
        add(entry, f"{_A}category", term="agreed", scheme=f"{place.practices_url}/states", label=label)
        add(entry, f"{{{DC_TERMS}}}dateAccepted", practice.agreement.agreed_on.isoformat())
    if licence := content.get("licence"):
        add(entry, f"{_A}link", rel="license", href=licence_address(licence))
        add(entry, f"{_A}rights", vocabulary("licences").label(licence, ours), lang=ours)
    if summary := said(content.get("summary"), title.language, language, source):
        text = "\n\n".join((summary.text, *_agreed_in(practice.agreement, summary.language)))
        add(entry, f"{_A}summary", text, lang=summary.language, type="text")


def _agreed_in(agreement: Agreement | None, language: str) -> list[str]:
    """Return what was agreed, where it was recorded in this language: a summary is in one."""
    return [one.text for one in what_was_agreed(agreement) if one.language == language] if agreement else []


def _categories(entry: Element, practice: PublicPractice, language: str, place: Place) -> None:
    codes = [("kinds", practice.kind)]
    codes += [(name, code) for field, name in _CATEGORIES for code in practice.content.get(field, ())]
    for name, code in codes:
        scheme = f"{place.practices_url}/vocabularies/{name}"
        add(entry, f"{_A}category", term=code, scheme=scheme, label=vocabulary(name).label(code, language))


def _tombstone(root: Element, known: Known, language: str, place: Place) -> None:
    """Tell that it left the feed: taken down, or no longer found under what the feed is filtered by."""
    deleted = add(root, f"{_AT}deleted-entry", ref=entry_id(known.id, place), when=_moment(known.time))
    why = words.left(language) if known.practice else words.reason(known.reason_code, language)
    add(deleted, f"{_AT}comment", why, lang=language)


def _authors(practice: PublicPractice) -> list[str]:
    people = [one["name"] for one in practice.content.get("authors", ()) if one.get("name")]
    return people or [name for _, name in organisations_of(practice.content)][:1]


def _query(wanted: Filter, language: str | None) -> list[tuple[str, str]]:
    pairs = [(_PARAMETERS[name], code) for name, codes in wanted.as_json().items() for code in codes]
    return pairs + ([("lang", language)] if language else [])


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
