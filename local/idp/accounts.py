"""The people of the demo: invented, all with the same password, for one machine only."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "demo"
FILE = Path(__file__).with_name("accounts.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person: ``sub`` stays for ever, ``login`` is typed, the rest goes into the tokens."""

    sub: str
    login: str
    name: str
    email: str
    locale: str
    roles: tuple[str, ...]
    organisation: str
    organisation_name: str
    country: str

    def claims(self) -> dict[str, Any]:
        """What a token says of the person."""
        return {
            "name": self.name,
            "email": self.email,
            "email_verified": True,
            "locale": self.locale,
            "roles": list(self.roles),
            "organisation": self.organisation,
            "organisation_name": self.organisation_name,
        }


class Accounts:
    """Everybody who can sign in."""

    def __init__(self, people: Iterable[Account]) -> None:
        self._people = tuple(people)

    @classmethod
    def load(cls, file: Path = FILE) -> Accounts:
        rows: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
        return cls(Account(**{**row, "roles": tuple(row["roles"])}) for row in rows)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._people)

    def of_role(self, role: str) -> tuple[Account, ...]:
        return tuple(person for person in self._people if role in person.roles)

    def with_sub(self, sub: str) -> Account | None:
        return next((person for person in self._people if person.sub == sub), None)

    def with_password(self, login: str, password: str) -> Account | None:
        """Return whose login and password these are; the password is compared also when nobody has that login."""
        right = hmac.compare_digest(password.encode(), PASSWORD.encode())
        person = next((person for person in self._people if login in (person.login, person.sub)), None)
        return person if right else None
