"""What a service found wrong, in the words of the page and beside the field it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from services.web.share.fields import Field, Json
from services.web.share.steps import Place, place_of

if TYPE_CHECKING:
    from services.web.page.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend: where (None: nowhere in particular), what it is about, and what to do."""

    place: Place | None
    about: str
    text: str

    @property
    def for_summary(self) -> Json:
        """As the summary of errors takes it; the label stands before the words, so that they make sense there."""
        # A question has its mark already.
        joined = Markup("{} {}") if str(self.about).endswith("?") else Markup("{}: {}")
        text = joined.format(self.about, self.text) if self.about else self.text
        return {"field": self.place.control if self.place else "", "text": text}


def problems_of(visit: Visit, errors: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """Return what errors of a service mean; two that say the same of one control become one."""
    found: dict[tuple[str, str], Problem] = {}
    for error in errors:
        place = place_of(str(error.get("pointer", "")))
        field = _innermost(place)
        about = visit._(field.label) if field else ""
        text = in_words(visit, error, field)
        found.setdefault((place.control if place else "", text), Problem(place=place, about=about, text=text))
    return list(found.values())


def in_words(visit: Visit, error: Mapping[str, Any], field: Field | None) -> str:
    """Say an error in the language of the page: by its code, else as the service says it, in English."""
    code = str(error.get("code", ""))
    if field and (text := _by_shape(visit, code, field)):
        return text
    if text := _by_code(visit, code):
        return text
    return Markup('<span lang="en">{}</span>').format(str(error.get("message", "")))


def _by_shape(visit: Visit, code: str, field: Field) -> str:
    """What depends on what is asked."""
    _ = visit._
    if code == "too-long" and field.most:
        if field.shape in ("boxes", "rows", "countries"):
            return _("Choose or give at most {n}.").format(n=visit.formats.number(field.most))
        return _("Shorten this to {n} characters.").format(n=visit.formats.number(field.most))
    if code == "required":
        return _required(visit, field)
    if code == "unknown-code" and field.shape in ("country", "countries"):
        return _("We know no country of that name. Choose one from the list that opens as you type.")
    if field.shape == "whole" and code in ("integer", "int-parsing", "greater-than-equal", "less-than-equal"):
        if field.name.endswith("call_year"):
            return _("Write a year, such as 2024.")
        return _("Write a whole number from 1 to 3660.")
    return ""


def _required(visit: Visit, field: Field) -> str:
    _ = visit._
    if field.shape in ("boxes", "countries"):
        return _("Choose at least one.")
    if field.shape in ("radio", "select", "language"):
        return _("Choose one.")
    if field.shape == "tick":
        return _("Tick this to declare it. Without it, nothing can be submitted.")
    return _("Fill this in.")


def _by_code(visit: Visit, code: str) -> str:
    _ = visit._
    words: Mapping[str, Callable[[], str]] = {
        "required": lambda: _("Fill this in."),
        "required-in-source-language": lambda: _("Write this in the language you write in, too."),
        "must-be-true": lambda: _("Tick this to declare it. Without it, nothing can be submitted."),
        "contradiction": lambda: _("“No recognition yet” cannot stand beside others. Untick it, or the others."),
        "participants": lambda: _("This does not fit the themes you chose. Tick who is mobile, or change the themes."),
        "unknown-code": lambda: _("Choose one of the answers that are offered."),
        "character": lambda: _("There is a character in it that cannot be kept. Type it anew instead of pasting it."),
        "blank": lambda: _("Fill this in."),
        "url": lambda: _("Write the whole web address, beginning with https://."),
        "url-characters": lambda: _("A web address has no spaces, quotes or brackets."),
        "url-credentials": lambda: _("Leave out the user name and password before the @."),
        "email": lambda: _("Write one e-mail address, such as name@example.org."),
        "language": lambda: _("Choose one of the languages that are offered."),
        "day": lambda: _("Write a day between 1900 and 2200."),
        "measure": lambda: _("Write a number of at most 15 digits, or a few words."),
        "period-order": lambda: _("The end comes before the beginning."),
        "content-too-large": lambda: _("All texts together are too long. Put long material into a file."),
        "too-long": lambda: _("Shorten this."),
        "unanswered": lambda: _("Answer this comment."),
    }
    found = words.get(code)
    return found() if found else ""


def _innermost(place: Place | None) -> Field | None:
    if place is None:
        return None
    name = place.control.rpartition("-")[2]
    return next((part for part in place.field.parts if part.name == name), place.field)
