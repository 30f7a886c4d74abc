"""What the bus can carry: an event that cannot be sent would hold up every later one of its contribution."""

from __future__ import annotations

from pydantic_core import to_json

from shared.errors import FieldError, Invalid
from shared.events.base import EventData
from shared.events.practices import PracticePublished, PublicPractice

EVENT_BYTES = 850_000  # the streams take 900,000, envelope included


def must_fit(event: EventData) -> None:
    """Raise Invalid for an event that is too large."""
    size = len(to_json(event))
    if size > EVENT_BYTES:
        message = f"Texts, answers and files' descriptions together may take {EVENT_BYTES} bytes; these take {size}."
        raise Invalid(message, errors=(FieldError(pointer="", code="too-large", message=message),))


def fitted(practice: PublicPractice) -> PublicPractice:
    """Return a practice with as much of what its files say as there is room for beside what it says itself."""
    text = practice.attached_text
    bare = practice.model_copy(update={"attached_text": ""})
    room = EVENT_BYTES - len(to_json(PracticePublished(practice=bare)))
    while text and (size := len(to_json(text))) > room:
        text = text[: len(text) * max(0, room) // size]
    return practice if text == practice.attached_text else practice.model_copy(update={"attached_text": text})
