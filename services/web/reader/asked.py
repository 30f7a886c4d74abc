"""What a reader asks the search for, read from an address and written into one: nothing empty, nothing unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import urlencode

from services.web.calls.api import Query

FACETS: Final = (
    "kind",
    "sector",
    "theme",
    "country",
    "region",
    "language",
    "year",
    "evidence_level",
    "organisation",
)
SORTS: Final = ("relevance", "newest", "most_reused")
PAGE_SIZE: Final = 20
LONGEST: Final = 2000  # characters; what the search service takes
_MOST_VALUES: Final = 50
_LONGEST_CODE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Words, the codes chosen in each facet, the order, and where in the results to go on."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]]
    sort: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> Self:
        """Read the parameters of an address; what no search takes is left out."""
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(_clean(value))
        chosen = {facet: _codes(values.get(facet, ())) for facet in FACETS}
        sort = next((value for value in values.get("sort", ()) if value in SORTS), "")
        return cls(
            text=next(iter(values.get("q", ())), "")[:LONGEST].strip(),
            chosen={facet: codes for facet, codes in chosen.items() if codes},
            sort=sort,
            cursor=next(iter(values.get("cursor", ())), ""),
        )

    def is_filtered(self) -> bool:
        return bool(self.chosen)

    def query(self, language: str) -> Query:
        """The parameters of the call to the search service."""
        query: dict[str, str | int | bool | list[str] | None] = {
            "q": self.text,
            "sort": self.sort,
            "cursor": self.cursor,
            "lang": language,
            "limit": PAGE_SIZE,
        }
        return query | {facet: list(codes) for facet, codes in self.chosen.items()}

    def address(self, *, cursor: str = "") -> str:
        """The one address of these results, to be shared; with ``cursor``, of a later page."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(facet, code) for facet in FACETS for code in self.chosen.get(facet, ())]
        pairs += [("sort", self.sort)] if self.sort else []
        pairs += [("cursor", cursor)] if cursor else []
        return "/search" + (f"?{urlencode(pairs)}" if pairs else "")

    def saving(self) -> str:
        """The address of the page that saves this search."""
        return f"/searches/save{replace(self, sort='').address().removeprefix('/search')}"

    def without(self, facet: str, code: str) -> "Asked":
        """The same without one of the codes chosen."""
        left = tuple(one for one in self.chosen.get(facet, ()) if one != code)
        others = {name: codes for name, codes in self.chosen.items() if name != facet}
        return replace(self, chosen=others | ({facet: left} if left else {}), cursor="")

    def unfiltered(self) -> "Asked":
        return replace(self, chosen={}, cursor="")

    def ordered(self, sort: str) -> "Asked":
        return replace(self, sort=sort, cursor="")

    def saying(self, text: str) -> "Asked":
        """The same filters with other words."""
        return replace(self, text=text, cursor="")


def is_tidy(pairs: Sequence[tuple[str, str]], asked: Asked) -> bool:
    """Tell whether an address holds nothing empty or unknown; ``lang`` may stand in any address."""
    wanted = asked.address(cursor=asked.cursor).partition("?")[2]
    return sorted(urlencode([pair for pair in pairs if pair[0] != "lang"]).split("&")) == sorted(wanted.split("&"))


def _codes(values: Sequence[str]) -> tuple[str, ...]:
    fine = (value.strip() for value in values if value.strip() and len(value) <= _LONGEST_CODE)
    return tuple(dict.fromkeys(fine))[:_MOST_VALUES]


def _clean(value: str) -> str:
    """Take out what no text on the wire may hold: controls and lone surrogates."""
    return "".join(" " if not sign.isprintable() and sign.isspace() else sign for sign in value if _is_text(sign))


def _is_text(sign: str) -> bool:
    return (sign.isprintable() or sign.isspace() or sign in "\u200c\u200d\u200e\u200f") and sign != "\x00"
