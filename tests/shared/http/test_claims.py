"""The claims of real providers' access tokens, in the shapes that their documentation gives."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.access import Role
from shared.http.claims import person_id, principal_of, values_at

KEYCLOAK: dict[str, Any] = {
    "iss": "https://sso.example.org/realms/agencies",
    "aud": ["practice-exchange", "account"],
    "sub": "f1b5d1c6-61b0-4d6a-8bd8-4a3f8a1b2c3d",
    "typ": "Bearer",
    "azp": "web",
    "realm_access": {"roles": ["default-roles-agencies", "offline_access", "px-member"]},
    "resource_access": {"practice-exchange": {"roles": ["px-reviewer"]}, "account": {"roles": ["manage-account"]}},
    "groups": ["/agencies/oead", "/px-coordinator"],
    "organization": {"oead": {"id": "5b1f"}},
    "scope": "openid profile email",
    "name": "Eva Ľubica Őrsi",
    "preferred_username": "eva",
    "email": "eva@oead.example",
    "email_verified": True,
    "locale": "de_AT",
}
ZITADEL: dict[str, Any] = {
    "iss": "https://instance.zitadel.example",
    "aud": ["2201", "practice-exchange"],
    "sub": "220104583947",
    "urn:zitadel:iam:org:project:roles": {
        "reviewer": {"2201": "oead.zitadel.example"},
        "member": {"2201": "oead.zitadel.example"},
    },
    "urn:zitadel:iam:user:resourceowner:id": "2201",
}
AUTHENTIK: dict[str, Any] = {
    "iss": "https://auth.example.org/application/o/practice-exchange/",
    "aud": "practice-exchange",
    "sub": "9d1c",
    "groups": ["authentik Admins", "px reviewers"],
    "organisation": "Agence Erasmus+ France",
    "nickname": "rene",
}
ENTRA: dict[str, Any] = {
    "iss": "https://login.microsoftonline.com/0f9e/v2.0",
    "aud": "api-guid",
    "sub": "AAAA-pairwise",
    "tid": "0f9e",
    "roles": ["PX.Coordinator"],
    "groups": ["11111111-2222-3333-4444-555555555555"],
    "name": "O'Brien, Seán",
    "preferred_username": "sean@agency.example",
}


@pytest.mark.parametrize(
    ("claims", "role_paths", "table", "organisation_paths", "roles", "organisation"),
    [
        (
            KEYCLOAK,
            [["realm_access", "roles"], ["resource_access", "practice-exchange", "roles"], ["groups"]],
            {"px-member": "member", "px-reviewer": "reviewer", "px-coordinator": "coordinator"},
            [["organization"]],
            {Role.MEMBER, Role.REVIEWER, Role.COORDINATOR},
            "oead",
        ),
        (
            ZITADEL,
            [["urn:zitadel:iam:org:project:roles"]],
            {"member": "member", "reviewer": "reviewer"},
            [["urn:zitadel:iam:user:resourceowner:id"]],
            {Role.MEMBER, Role.REVIEWER},
            "2201",
        ),
        (
            AUTHENTIK,
            [["groups"]],
            {"px reviewers": "reviewer"},
            [["organisation"]],
            {Role.REVIEWER},
            "Agence Erasmus+ France",
        ),
        (
            ENTRA,
            [["roles"], ["groups"]],
            {"PX.Coordinator": "coordinator", "11111111-2222-3333-4444-555555555555": "administrator"},
            [["tid"]],
            {Role.COORDINATOR, Role.ADMINISTRATOR},
            "0f9e",
        ),
    ],
    ids=["Keycloak", "Zitadel", "authentik", "Entra"],
)
def test_each_provider_is_read_by_configuration_alone(
    claims: dict[str, Any],
    role_paths: list[list[str]],
    table: dict[str, str],
    organisation_paths: list[list[str]],
    roles: set[Role],
    organisation: str,
) -> None:
    principal = principal_of(
        claims,
        role_paths=role_paths,
        roles={value: Role(role) for value, role in table.items()},
        organisation_paths=organisation_paths,
    )
    assert principal.roles == frozenset(roles)
    assert principal.organisation == organisation
    assert principal.person_id == person_id(claims["iss"], claims["sub"])


def read(claims: dict[str, Any]) -> Any:
    given = {"iss": "https://a.example", "sub": "1", **claims}
    roles = {role.value: role for role in Role}
    return principal_of(given, role_paths=[["roles"]], roles=roles, organisation_paths=[["organisation"]])


def test_a_value_that_is_not_in_the_table_gives_no_role() -> None:
    assert read({"roles": ["Member", "root", "administrators", 7, None, ["member"]]}).roles == frozenset()
    assert read({"roles": "openid member"}).roles == {Role.MEMBER}
    assert read({"roles": {"member": False}}).roles == {Role.MEMBER}  # the keys count, as Zitadel has it
    assert read({"roles": True}).roles == frozenset()
    assert read({}).roles == frozenset()


def test_who_it_is_depends_on_issuer_and_subject_only() -> None:
    assert read({"name": "A"}).person_id == read({"name": "B", "roles": ["member"]}).person_id
    assert person_id("https://a.example", "1") != person_id("https://b.example", "1")
    assert person_id("https://a.example", "1") == "cea87c13-4a5c-5229-acd7-270be9d7352d"


def test_what_the_provider_says_of_a_person_is_cleaned() -> None:
    principal = read({"name": " A\x00n\u202ea\n", "email": "a@b.example", "locale": "pt_BR"})
    assert (principal.name, principal.email, principal.language) == ("Ana", "a@b.example", "pt-BR")
    principal = read({"name": 7, "preferred_username": "x" * 999, "email": "a b@c", "locale": "<script>"})
    assert (len(principal.name), principal.email, principal.language) == (200, None, None)
    assert read({"email": "a@b.example", "email_verified": False}).email is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from(["roles", "organisation", "name", "email", "locale", "email_verified"]), json_values
    )
)
def test_no_claims_break_the_reading(claims: dict[str, Any]) -> None:
    read(claims)


@given(json_values)
def test_a_path_into_anything_gives_texts(value: Any) -> None:
    assert all(isinstance(text, str) for text in values_at({"a": {"b": value}}, ["a", "b"]))
    assert values_at({"a": value}, ["a", "b", "c", "d"]) is not None
