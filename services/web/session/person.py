"""Who is signed in, and with which tokens we speak to the services for them."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from shared.http.access import Principal, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the provider said of somebody. ``language`` is a BCP 47 tag, if they have chosen one there."""

    person_id: str
    name: str
    roles: frozenset[Role]
    organisation: str | None
    email: str | None
    language: str | None

    @classmethod
    def of(cls, principal: Principal) -> Self:
        return cls(
            person_id=principal.person_id,
            name=principal.name,
            roles=principal.roles,
            organisation=principal.organisation,
            email=principal.email,
            language=principal.language,
        )

    def is_a(self, *roles: Role) -> bool:
        return bool(self.roles.intersection(roles))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the provider gave us. ``until`` (seconds since 1970) is when the access token ends."""

    access: str
    until: float
    refresh: str | None
    identity: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A sign-in. ``key`` is what the browser's cookie names; the record holds only its hash."""

    key: str
    version: int
    person: Person
    tokens: Tokens

    def renewed(self, person: Person, tokens: Tokens) -> "Session":
        return replace(self, version=self.version + 1, person=person, tokens=tokens)

    def as_json(self) -> dict[str, Any]:
        person = asdict(self.person) | {"roles": sorted(self.person.roles)}
        return {"person": person, "tokens": asdict(self.tokens)}

    @classmethod
    def from_json(cls, key: str, version: int, kept: dict[str, Any]) -> Self:
        roles = frozenset(Role(role) for role in kept["person"]["roles"])
        return cls(
            key=key,
            version=version,
            person=Person(**kept["person"] | {"roles": roles}),
            tokens=Tokens(**kept["tokens"]),
        )
