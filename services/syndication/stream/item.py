"""One message of a stream as everybody is told it: read and written once, however many listen."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.syndication.domain.filters import Filter
from services.syndication.domain.published import Published, State
from services.syndication.stream.position import Position
from shared.events.found_under import FoundUnder


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """``now`` is what the practice is found under, None once it was taken down. ``concerns`` are the codes of those
    whom the event concerns: what it is and was found under; None where that is not known, which concerns everybody.
    ``frame`` is the event as it is sent to who follows, ``start`` where its bytes begin in there.
    """

    sequence: int
    practice_id: str
    type: str
    now: FoundUnder | None
    concerns: tuple[FoundUnder, ...] | None
    frame: bytes
    start: int

    @property
    def line(self) -> bytes:
        """The event as a line of a download."""
        return self.frame[self.start : -1]

    def is_for(self, wanted: Filter) -> bool:
        """Say whether somebody with this filter has to hear it."""
        return wanted.lets(self.type) if self.concerns is None else wanted.fits(self.type, self.concerns)

    def shows(self, wanted: Filter) -> bool:
        """Say whether it belongs to a catalogue that is read from the start: a practice that is there, and fits."""
        return self.now is not None and wanted.fits(self.type, (self.now,))


def item_of(event: Published, body: bytes, at: Position, *, before: Iterable[FoundUnder] | None = ()) -> Item:
    """Return the item of an event; ``before`` are codes from its practice's past, None where they are not known."""
    known = before is not None and (event.found_under or event.state is not State.WITHDRAWN)
    head = f"id: {at}\ndata: ".encode()
    one_line = event.envelope.to_bytes() if b"\n" in body or b"\r" in body else body
    return Item(
        sequence=at.sequence,
        practice_id=event.practice_id,
        type=event.type,
        now=event.found_under[0] if event.practice else None,
        concerns=tuple(dict.fromkeys((*event.found_under, *(before or ())))) if known else None,
        frame=head + one_line + b"\n\n",
        start=len(head),
    )
