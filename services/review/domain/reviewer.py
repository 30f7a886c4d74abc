"""A reviewer's own terms: what they know, how much they take, when they rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .conflict import Person, keys
from .errors import LoadCapReached, ReviewerPaused

SEEN_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A person as the review service knows them: everybody who reviews or decides.

    ``reviews`` tells whether they had the role at their last sign-in, ``organisation`` is the one it named, and
    ``organisations`` maps each ever named to when it was last seen; ``affiliations`` are further ones they name
    themselves. ``holding`` are the cases they work on now. ``load_cap`` None means the installation's usual one.
    ``version`` counts changes of their terms, not of the load.
    """

    person_id: str
    name: str = ""
    reviews: bool = False
    organisation: str | None = None
    organisations: Mapping[str, datetime] = field(default_factory=dict)
    affiliations: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    load_cap: int | None = None
    paused_until: datetime | None = None
    holding: tuple[str, ...] = ()
    version: int = 0

    def signed_in(self, *, name: str, reviews: bool, organisation: str | None, now: datetime) -> "Reviewer":
        """What their sign-in tells; the very same object when that is nothing new."""
        known = (self.name, self.reviews, self.organisation) == (name, reviews, organisation)
        seen = self.organisations.get(organisation) if organisation else now
        if known and seen and now - seen < SEEN_AGAIN:
            return self
        organisations = {**self.organisations, organisation: now} if organisation else self.organisations
        return replace(self, name=name, reviews=reviews, organisation=organisation, organisations=organisations)

    def as_person(self, *, now: datetime, memory: timedelta) -> Person:
        """As conflicts of interest are computed; without a present organisation none is known at all."""
        seen = (name for name, at in self.organisations.items() if at >= now - memory)
        known = keys((self.organisation, *seen, *self.affiliations)) if self.organisation else frozenset()
        return Person(person_id=self.person_id, name=self.name, organisations=known)

    def spare(self, *, default_cap: int, now: datetime) -> int:
        """How many more cases they would take now; none while they rest."""
        if self.paused_until and now < self.paused_until:
            return 0
        return max(0, (default_cap if self.load_cap is None else self.load_cap) - len(self.holding))

    def require_room(self, case_id: str, *, default_cap: int, now: datetime) -> None:
        """Refuse when one more case would be too much, or when they are resting."""
        if self.paused_until and now < self.paused_until:
            raise ReviewerPaused("Reviewing is paused until then.", extra={"until": self.paused_until})
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
