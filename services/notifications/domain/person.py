"""A person as their own sign-ins told us; nothing here ever comes from an event."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notifications.domain.addresses import Address, Refused, read_address
from services.notifications.domain.kinds import Channel, Frequency, Kind
from services.notifications.domain.ledger import BOUNCES_THAT_MARK
from services.notifications.domain.preferences import Preferences, is_scope

_KEY_BYTES = 15  # 20 characters of base64url: 120 bits nobody guesses
_KEY_LENGTH = 20
_CODE_LENGTH = 2
TOKEN_LENGTH = _KEY_LENGTH + _CODE_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What one sign-in says; ``language`` is a BCP 47 tag."""

    person_id: str
    name: str
    email: str | None
    language: str | None
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """``email`` is as the sign-in said it. ``chosen_language`` and ``time_zone`` (IANA) are the person's own settings;
    ``bounces`` counts refusals of the address since a mail last arrived. The versions count changes of the
    person's own settings and of their preferences, sign-ins apart; 0 is never changed.
    """

    person_id: str
    name: str
    email: str | None
    language: str | None
    roles: frozenset[str]
    unsubscribe_key: str
    signed_in_at: datetime
    chosen_language: str | None = None
    time_zone: str | None = None
    bounces: int = 0
    preferences: Preferences = field(default_factory=Preferences)
    settings_version: int = 0
    preferences_version: int = 0

    @classmethod
    def first_seen(cls, sign_in: SignIn, now: datetime) -> "Person":
        return cls(
            person_id=sign_in.person_id,
            name=sign_in.name,
            email=sign_in.email,
            language=sign_in.language,
            roles=sign_in.roles,
            unsubscribe_key=secrets.token_urlsafe(_KEY_BYTES),
            signed_in_at=now,
        )

    def signed_in(self, sign_in: SignIn, now: datetime) -> "Person":
        """Return the person as of this sign-in. A new address starts without the bounces of the old one."""
        return replace(
            self,
            name=sign_in.name,
            email=sign_in.email,
            language=sign_in.language,
            roles=sign_in.roles,
            bounces=self.bounces if sign_in.email == self.email else 0,
            signed_in_at=now,
        )

    def with_preferences(self, preferences: Preferences) -> "Person":
        return replace(self, preferences=preferences, preferences_version=self.preferences_version + 1)

    def says_the_same(self, sign_in: SignIn) -> bool:
        mine = (self.name, self.email, self.language, self.roles)
        return mine == (sign_in.name, sign_in.email, sign_in.language, sign_in.roles)

    def wants_mail(self, kind: Kind) -> bool:
        """Say whether mails tell of it, by themselves or in the digest."""
        return self.preferences.frequency(kind, Channel.MAIL) is not Frequency.OFF

    @property
    def wanted_language(self) -> str | None:
        return self.chosen_language or self.language

    @property
    def address(self) -> Address | None:
        """Where to write to, or None when there is no usable address or it keeps refusing."""
        return None if self.unreachable else read_address(self.email or "")

    @property
    def unreachable(self) -> str:
        """Why no mail is sent: ``no-address``, ``address-refused``, ``address-bounces``; empty when it is."""
        if not self.email:
            return "no-address"
        try:
            read_address(self.email)
        except Refused:
            return "address-refused"
        return "address-bounces" if self.bounces >= BOUNCES_THAT_MARK else ""

    def token(self, scope: str) -> str:
        """Return what stands in an unsubscribe link: 22 characters that fit on one header line and tell nothing."""
        return self.unsubscribe_key + scope


def read_token(token: str) -> tuple[str, str] | None:
    """Return the unsubscribe key and scope of a token, or None when it cannot be one."""
    key, scope = token[:_KEY_LENGTH], token[_KEY_LENGTH:]
    if len(token) != TOKEN_LENGTH or not is_scope(scope) or not key.isascii():
        return None
    return key, scope
