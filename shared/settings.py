"""What an operator sets, read from the environment: names in upper case, without a prefix (``MONGODB_URL``).

Nothing here is read at import: a service gets its settings object from whoever starts it, so several services can
run in one process.
"""

from typing import Annotated

from pydantic import Field, SecretStr, UrlConstraints
from pydantic_core import MultiHostUrl, Url
from pydantic_settings import BaseSettings, SettingsConfigDict

MongoUrl = Annotated[MultiHostUrl, UrlConstraints(allowed_schemes=["mongodb", "mongodb+srv"])]
NatsUrl = Annotated[MultiHostUrl, UrlConstraints(allowed_schemes=["nats", "tls", "ws", "wss"])]
HttpUrl = Annotated[Url, UrlConstraints(allowed_schemes=["http", "https"])]

ClaimPath = list[str]


class OidcSettings(BaseSettings):
    """How bearer tokens are checked and what their claims mean; any OpenID Connect provider will do.

    A claim path is a list of keys, because claim names hold dots, colons and slashes. ``oidc_roles`` maps a value
    found under ``oidc_role_paths`` to one of our roles; a value that is not listed gives no role.
    """

    model_config = SettingsConfigDict(extra="ignore")

    oidc_issuer: str = "http://127.0.0.1:8100"
    oidc_audience: str = "practice-exchange"
    oidc_algorithms: list[str] = ["RS256"]
    oidc_role_paths: list[ClaimPath] = [["roles"]]
    oidc_roles: dict[str, str] = {
        "member": "member",
        "reviewer": "reviewer",
        "coordinator": "coordinator",
        "administrator": "administrator",
        "system": "system",
    }
    oidc_organisation_paths: list[ClaimPath] = [["organisation"]]


class ServerSettings(OidcSettings):
    """What everything needs that keeps a record and listens."""

    mongodb_url: MongoUrl = MultiHostUrl("mongodb://127.0.0.1:8127/?directConnection=true")
    database: str = Field(min_length=1, max_length=63, default="practice_exchange")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    log_level: str = "INFO"


class Settings(ServerSettings):
    """What every service on the bus needs; each service adds its own."""

    nats_url: NatsUrl = MultiHostUrl("nats://127.0.0.1:8122")
    nats_user: str | None = None
    nats_password: SecretStr | None = None
