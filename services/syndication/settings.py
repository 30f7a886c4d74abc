"""What an operator sets for syndication, beside what every service needs."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_core import Url
from pydantic_settings import NoDecode

from services.syndication.webhooks.domain.networks import Networks
from shared.settings import HttpUrl, NatsUrl, Settings
from shared.text import Email

SHORTEST_SECRET = 32


class SyndicationSettings(Settings):
    """``web_url`` is where people read the site; ``own_url`` is where other systems reach this service, and
    ``submissions_url`` the API that has the practices. ``public_nats_url`` is where partners reach NATS, for the pages
    that tell them; where it is not set, the operator tells.

    ``repository_domain`` stands in the identifiers that harvesters and feed readers keep: it is never changed.
    ``admin_email`` is whom harvesters write to; ``postmaster`` of that domain where it is not set.

    ``webhook_secret`` encrypts the secrets of endpoints: at least 32 characters, the same for all replicas, kept
    secret. Without it there are no webhooks. Who changes it has every endpoint need a new secret of its own.
    ``webhook_allow`` are networks beside the public internet that webhooks may be sent to, at any port and by plain
    http as well: for receivers on one's own machine or network (``127.0.0.0/8, ::1/128``).
    An attempt may take ``webhook_timeout_seconds``; ``webhook_connections`` are under way at once,
    ``webhook_connections_each`` to one endpoint. A deliverer that dies is taken over from after
    ``webhook_lease_seconds``. After ``webhook_patience_days`` in which nothing arrived, an endpoint is disabled.
    At most ``stream_clients`` follow ``/events`` in one process, ``stream_clients_each`` of them from one address (one
    /64 network of IPv6); after about ``stream_minutes`` they have to come again. ``catalogue_clients`` and
    ``catalogue_clients_each`` bound those who download the catalogue in the same way.
    """

    database: str = Field(min_length=1, max_length=63, default="practice_exchange_syndication")
    port: int = Field(default=8106, ge=1, le=65535)

    web_url: HttpUrl = Url("http://127.0.0.1:8105")
    own_url: HttpUrl = Url("http://127.0.0.1:8106")
    submissions_url: HttpUrl = Url("http://127.0.0.1:8101")
    public_nats_url: NatsUrl | None = None
    # As OAI identifiers want a domain (Implementation Guidelines, "Specification and XML Schema for the OAI Identifier
    # Format").
    repository_domain: str = Field(
        default="practice-exchange.eu", max_length=200, pattern=r"^[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z][a-zA-Z0-9-]*)+$"
    )
    admin_email: Annotated[str, Email()] | None = None

    webhook_secret: SecretStr | None = None
    webhook_allow: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    webhook_timeout_seconds: float = Field(default=20.0, gt=0, le=60)
    webhook_connections: int = Field(default=128, ge=1, le=2000)
    webhook_connections_each: int = Field(default=4, ge=1, le=100)
    webhook_lease_seconds: float = Field(default=20.0, ge=1, le=300)
    webhook_sweep_seconds: float = Field(default=0.5, gt=0, le=60)
    webhook_patience_days: float = Field(default=5.0, gt=0, le=90)

    stream_clients: int = Field(default=2000, ge=1, le=50_000)
    stream_clients_each: int = Field(default=50, ge=1, le=50_000)
    stream_minutes: float = Field(default=60.0, gt=0, le=24 * 60)
    catalogue_clients: int = Field(default=8, ge=1, le=1000)
    catalogue_clients_each: int = Field(default=2, ge=1, le=1000)

    @field_validator("webhook_allow", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        """Networks are written one after the other, with commas between."""
        return [one.strip() for one in given.split(",") if one.strip()] if isinstance(given, str) else given

    @field_validator("webhook_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"WEBHOOK_SECRET needs at least {SHORTEST_SECRET} characters, drawn at random")
        return secret

    @property
    def webhook_networks(self) -> Networks:
        return Networks(self.webhook_allow)
