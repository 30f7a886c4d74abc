"""How to cite a practice: in words, as BibTeX and as RIS. Each is one version, which never changes."""

import re
from dataclasses import dataclass
from typing import Final

from services.web.reader.practice import View

SITE: Final = "Practice Exchange"
# BibTeX counts braces whatever stands before them: one alone would end its field, and the entry with it.
_BIBTEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "%": r"\%",
        "&": r"\&",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What citations say of a practice. ``address`` is the permanent one of this version."""

    authors: tuple[str, ...]
    organisation: str
    title: str
    language: str
    year: str
    day: str
    version: int
    address: str
    licence: str
    key: str


def source_of(view: View, origin: str) -> Source:
    organisation = (view.content.get("lead_organisation") or {}).get("name") or ""
    authors = tuple(author["name"] for author in view.content.get("authors", ()) if author.get("name"))
    return Source(
        authors=authors or ((organisation,) if organisation else ()),
        organisation=organisation,
        title=view.title.text,
        language=view.title.language,
        year=view.published_at[:4],
        day=view.published_at[:10],
        version=view.version,
        address=f"{origin}/practices/{view.id}/versions/{view.version}",
        licence=view.content.get("licence") or "",
        key=f"practice-exchange-{view.id}-{view.version}",
    )


def in_words(source: Source, version: str) -> tuple[str, str, str, str]:
    """Who, the year, the title and the rest, to be read one after the other: two may run from right to left.

    ``version`` is how the page says which version it is.
    """
    who = "; ".join(source.authors) or SITE
    dot = "" if source.title.endswith((".", "?", "!", "…", "。", "؟")) else "."
    licence = f" {source.licence}." if source.licence else ""
    return who, f" ({source.year}): ", source.title, f"{dot} {version}. {SITE}.{licence} {source.address}"


def bibtex(source: Source) -> str:
    """An entry of type ``misc``, which every BibTeX knows; UTF-8."""
    fields = {
        "author": " and ".join(f"{{{_tex(author)}}}" for author in source.authors),
        "title": f"{{{_tex(source.title)}}}",
        "year": source.year,
        "publisher": _tex(source.organisation),
        "howpublished": SITE,
        "version": str(source.version),
        "url": source.address,
        "language": source.language,
        "note": _tex(source.licence),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{source.key},\n{lines}\n}}\n"


def ris(source: Source) -> str:
    """A record of RIS: two letters, two spaces, a dash and a space in each line, CR LF at its end."""
    rows = [
        ("TY", "ELEC"),
        *(("AU", author) for author in source.authors),
        ("TI", source.title),
        ("PY", source.year),
        ("DA", source.day.replace("-", "/")),
        ("PB", source.organisation or SITE),
        ("T2", SITE),
        ("ET", str(source.version)),
        ("LA", source.language),
        ("UR", source.address),
        ("N1", source.licence),
        ("ID", source.key),
        ("ER", ""),
    ]
    return "".join(f"{name}  - {_line(value)}\r\n" for name, value in rows if value or name == "ER")


def _tex(text: str) -> str:
    return _line(text).translate(_BIBTEX)


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
