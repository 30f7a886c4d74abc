"""From the claims of any provider to our principal, by configuration.

A claim path is a list of keys, since claim names hold dots, colons and slashes. What lies there may be a list
(Keycloak, authentik, Entra), an object whose keys count (Zitadel, Keycloak organisations) or words in one string
(scopes); a leading ``/`` (Keycloak group paths) is dropped. Only values in the table of roles give a role.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.http.access import Principal, Role

ClaimPath = Sequence[str]

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_MAIL_ADDRESS = re.compile(r"[^\s@\x00-\x1f\ud800-\udfff]{1,64}@[^\s@\x00-\x1f\ud800-\udfff]{3,189}")
_LONGEST_NAME = 200
_LONGEST_ORGANISATION = 128


def person_id(issuer: str, subject: str) -> str:
    """Return the stable pseudonym of a person: UUIDv5 of issuer and subject, which together are unique (OIDC, 2)."""
    return str(uuid5(NAMESPACE_URL, f"{issuer}#{subject}"))


def values_at(claims: Mapping[str, Any], path: ClaimPath, *, words: bool = True) -> tuple[str, ...]:
    """Return the texts at a path, in their order; nothing where there is nothing that can be read so.

    A single text is a list of ``words``, as scopes are, or one value.
    """
    found: Any = claims
    for key in path:
        if not isinstance(found, Mapping) or key not in found:
            return ()
        found = found[key]
    if isinstance(found, str):
        found = found.split() if words else [found]
    if not isinstance(found, list | Mapping):
        return ()
    return tuple(value.removeprefix("/") for value in found if isinstance(value, str))


def principal_of(
    claims: Mapping[str, Any],
    *,
    role_paths: Sequence[ClaimPath],
    roles: Mapping[str, Role],
    organisation_paths: Sequence[ClaimPath],
) -> Principal:
    """Return who the checked claims speak of. ``iss`` and ``sub`` are there and are texts."""
    named = [value for path in role_paths for value in values_at(claims, path)]
    return Principal(
        person_id=person_id(claims["iss"], claims["sub"]),
        name=_name(claims),
        roles=frozenset(roles[value] for value in named if value in roles),
        organisation=_organisation(claims, organisation_paths),
        email=_email(claims),
        language=_language(claims),
    )


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("name", "preferred_username", "nickname"):
        value = claims.get(claim)
        if isinstance(value, str) and (safe := _UNSAFE.sub("", value).strip()):
            return safe[:_LONGEST_NAME]
    return ""


def _organisation(claims: Mapping[str, Any], paths: Sequence[ClaimPath]) -> str | None:
    """The first one given: a person acts for one organisation at a time, and the provider says which."""
    for path in paths:
        for value in values_at(claims, path, words=False):
            if 0 < len(value.strip()) <= _LONGEST_ORGANISATION and not _UNSAFE.search(value):
                return value.strip()
    return None


def _email(claims: Mapping[str, Any]) -> str | None:
    value = claims.get("email")
    if claims.get("email_verified") is False or not isinstance(value, str):
        return None
    return value if _MAIL_ADDRESS.fullmatch(value) else None


def _language(claims: Mapping[str, Any]) -> str | None:
    value = claims.get("locale")
    return value.replace("_", "-") if isinstance(value, str) and _LANGUAGE.fullmatch(value) else None
