"""A reviewer's own terms: what they know, how much they take, when they rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .conflict import keys
from .errors import LoadCapReached, ReviewerPaused


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A reviewer as the review service knows them.

    ``organisations`` maps each organisation seen in their sign-ins to when it was last seen; ``affiliations`` are
    further organisations they name themselves. ``holding`` are the cases they work on now. ``load_cap`` None means
    the installation's usual one. ``version`` counts changes of the terms, not of the load.
    """

    person_id: str
    name: str = ""
    organisations: Mapping[str, datetime] = field(default_factory=dict)
    affiliations: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    load_cap: int | None = None
    paused_until: datetime | None = None
    holding: tuple[str, ...] = ()
    version: int = 0

    def organisation_keys(self, *, now: datetime, memory: timedelta) -> frozenset[str]:
        """Keys of every organisation they belong to or were seen with within ``memory``."""
        seen = (name for name, at in self.organisations.items() if at >= now - memory)
        return keys((*seen, *self.affiliations))

    def require_room(self, case_id: str, *, default_cap: int, now: datetime) -> None:
        """Refuse when one more case would be too much, or when they are resting."""
        if self.paused_until and now < self.paused_until:
            raise ReviewerPaused("Reviewing is paused until then.", extra={"until": self.paused_until.isoformat()})
        cap = default_cap if self.load_cap is None else self.load_cap
        load = len(set(self.holding) - {case_id})
        if load >= cap:
            raise LoadCapReached(
                f"{load} cases are held already and {cap} were agreed; finish or release one.",
                extra={"load": load, "load_cap": cap},
            )

    def fit(self, *, sectors: frozenset[str], themes: frozenset[str], languages: frozenset[str]) -> int:
        """How many sectors and themes of a case they know; 0 when they read none of its languages."""
        if self.languages and not languages & frozenset(self.languages):
            return 0
        return len(sectors & frozenset(self.sectors)) + len(themes & frozenset(self.themes))
