"""What a person wants to be told, and how unsubscribing changes it so that it can be undone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.notifications.domain.kinds import ALLOWED, RULES, Channel, Frequency, Kind

# What an unsubscribe link can speak of besides one kind.
DIGEST_SCOPE = "zd"
ALL_SCOPE = "zz"

_KIND_BY_CODE = {rule.code: kind for kind, rule in RULES.items()}

Chosen = Mapping[tuple[Kind, Channel], Frequency]
Stopped = Mapping[Kind, Frequency]


class NotAllowed(ValueError):
    """The channel cannot carry anything at that frequency; ``allowed`` says what it can."""

    def __init__(self, channel: Channel) -> None:
        self.allowed = ALLOWED[channel]
        super().__init__(f"The {channel} channel takes one of: {', '.join(self.allowed)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A person's choices over the defaults, and per unsubscribed scope what it stopped (for undo)."""

    chosen: Chosen = field(default_factory=dict)
    stopped: Mapping[str, Stopped] = field(default_factory=dict)

    def frequency(self, kind: Kind, channel: Channel) -> Frequency:
        return self.chosen.get((kind, channel), RULES[kind].default(channel))

    def choose(self, choices: Chosen) -> "Preferences":
        """Return preferences with exactly these choices: what is not named goes back to its default.

        What was unsubscribed by a link is forgotten, so that a later undo cannot overrule a considered choice.
        Raises ``NotAllowed``.
        """
        for (_, channel), frequency in choices.items():
            if frequency not in ALLOWED[channel]:
                raise NotAllowed(channel)
        return Preferences(chosen=dict(choices))

    def unsubscribe(self, scope: str) -> "Preferences":
        """Turn off the mails of a scope and remember what they were. Doing it twice is doing it once."""
        stopping = {
            kind: self.frequency(kind, Channel.MAIL)
            for kind in self._kinds(scope)
            if self.frequency(kind, Channel.MAIL) is not Frequency.OFF
        }
        chosen = {**self.chosen, **{(kind, Channel.MAIL): Frequency.OFF for kind in stopping}}
        stopped = {**self.stopped, scope: {**self.stopped.get(scope, {}), **stopping}}
        return replace(self, chosen=chosen, stopped=stopped)

    def resubscribe(self, scope: str) -> "Preferences":
        """Undo ``unsubscribe``: mails that scope stopped come again as before, unless turned on meanwhile."""
        before = {
            (kind, Channel.MAIL): frequency
            for kind, frequency in self.stopped.get(scope, {}).items()
            if self.frequency(kind, Channel.MAIL) is Frequency.OFF
        }
        stopped = {other: kinds for other, kinds in self.stopped.items() if other != scope}
        return replace(self, chosen={**self.chosen, **before}, stopped=stopped)

    def is_stopped(self, scope: str) -> bool:
        """Say whether no mail of that scope is sent any more."""
        if scope == DIGEST_SCOPE:
            return not self._kinds(scope)
        return all(self.frequency(kind, Channel.MAIL) is Frequency.OFF for kind in self._kinds(scope))

    def _kinds(self, scope: str) -> tuple[Kind, ...]:
        if scope == ALL_SCOPE:
            return tuple(Kind)
        if scope == DIGEST_SCOPE:
            return tuple(kind for kind in Kind if self.frequency(kind, Channel.MAIL) is Frequency.DAILY)
        return (_KIND_BY_CODE[scope],)


def is_scope(text: str) -> bool:
    return text in (DIGEST_SCOPE, ALL_SCOPE) or text in _KIND_BY_CODE


def scope_of(kind: Kind | None) -> str:
    """Return the scope an unsubscribe link in a mail of this kind speaks of; None is the digest."""
    return DIGEST_SCOPE if kind is None else RULES[kind].code


def kind_of(scope: str) -> Kind | None:
    """Return the one kind a scope speaks of, or None for the digest and for all mails."""
    return _KIND_BY_CODE.get(scope)
