"""That a joint action was agreed, in words: when and by whom. What was agreed stands as it was recorded."""

from collections.abc import Sequence
from typing import Final

from services.syndication.domain.known import Said
from shared.events.practices import Agreement

_WORDS: Final = {
    "en": ("Agreed on {day}", "Agreed on {day} by {parties}"),
    "fr": ("Convenu le {day}", "Convenu le {day} par {parties}"),
    "de": ("Vereinbart am {day}", "Vereinbart am {day} von {parties}"),
}


def agreed(agreement: Agreement, language: str = "en") -> str:
    """Say when it was agreed and by whom, in one of the languages of the feeds."""
    without, with_parties = _WORDS[language]
    words = with_parties if agreement.parties else without
    return words.format(day=agreement.agreed_on.isoformat(), parties="; ".join(agreement.parties))


def what_was_agreed(agreement: Agreement) -> Sequence[Said]:
    """Return what was agreed in each language that it was recorded in."""
    return [Said(text=text, language=tag) for tag, text in sorted(agreement.text.items()) if text]
