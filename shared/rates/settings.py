"""How often one person, and one address, may ask: each a number a minute, 0 for as often as they like."""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import NonNegativeInt, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network


class Kind(StrEnum):
    """What is limited."""

    SIGN_IN = "sign_in"
    SUBMIT = "submit"
    SEARCH = "search"
    SUGGEST = "suggest"


class By(StrEnum):
    """Whom it is counted for."""

    PERSON = "person"
    ADDRESS = "address"


class RateSettings(BaseSettings):
    """Generous: a class of thirty behind one address searches as it types and notices nothing.

    ``rate_exempt_networks`` are those whose requests are not counted when they come directly, not through a proxy: this
    machine, unless set otherwise. An IPv6 address counts with its /64.
    """

    model_config = SettingsConfigDict(extra="ignore")

    rate_sign_in_person: NonNegativeInt = 30
    rate_sign_in_address: NonNegativeInt = 300
    rate_submit_person: NonNegativeInt = 60
    rate_submit_address: NonNegativeInt = 600
    rate_search_person: NonNegativeInt = 300
    rate_search_address: NonNegativeInt = 3_000
    rate_suggest_person: NonNegativeInt = 600
    rate_suggest_address: NonNegativeInt = 6_000
    rate_exempt_networks: Annotated[tuple[Network, ...], NoDecode] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

    @field_validator("rate_exempt_networks", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        """Networks are written one after the other, with commas between."""
        return [one.strip() for one in given.split(",") if one.strip()] if isinstance(given, str) else given

    def limit(self, kind: Kind, by: By) -> int:
        found: int = getattr(self, f"rate_{kind.value}_{by.value}")
        return found
