"""What an operator sets for the web front-end, beside what every service needs."""

from pydantic import Field, SecretStr, field_validator
from pydantic_core import Url

from shared.rates.settings import RateSettings
from shared.settings import HttpUrl, ServerSettings

SHORTEST_SECRET = 32


class WebSettings(ServerSettings, RateSettings):
    """``public_url`` is where people's browsers reach these pages; with https, cookies are sent over TLS only.

    ``web_secret`` seals cookies and signs forms: at least 32 characters, the same for all replicas, kept secret. Who
    changes it signs everybody out. ``oidc_authorize`` are parameters that a provider wants in the sign-in request
    beside the standard ones (``audience``, ``resource``). The addresses of the services need not be public.
    ``public_syndication_url`` is where other systems reach syndication: its ``syndication_url`` unless given.
    ``contact`` is the mail address for people who cannot use a page.
    """

    database: str = Field(min_length=1, max_length=63, default="practice_exchange_web")
    port: int = Field(default=8105, ge=1, le=65535)

    public_url: HttpUrl = Url("http://127.0.0.1:8105")
    web_secret: SecretStr
    submissions_url: HttpUrl = Url("http://127.0.0.1:8101")
    review_url: HttpUrl = Url("http://127.0.0.1:8102")
    search_url: HttpUrl = Url("http://127.0.0.1:8103")
    notifications_url: HttpUrl = Url("http://127.0.0.1:8104")
    syndication_url: HttpUrl = Url("http://127.0.0.1:8106")
    public_syndication_url: HttpUrl | None = None

    oidc_client_id: str = "practice-exchange-demo"
    oidc_client_secret: SecretStr | None = None
    oidc_scope: str = "openid profile email offline_access"
    oidc_authorize: dict[str, str] = Field(default={})
    session_hours: float = Field(default=12, gt=0, le=24 * 30)
    contact: str | None = Field(default=None, max_length=254)
    call_seconds: float = Field(default=10, gt=0, le=60)

    @field_validator("web_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"WEB_SECRET needs at least {SHORTEST_SECRET} characters, drawn at random")
        return secret

    @property
    def origin(self) -> str:
        """The scheme, host and port that browsers name as the origin of our forms (RFC 6454)."""
        return str(self.public_url).rstrip("/")

    @property
    def syndication_address(self) -> str:
        """Where other systems reach syndication, without a slash at the end."""
        return str(self.public_syndication_url or self.syndication_url).rstrip("/")

    @property
    def secure(self) -> bool:
        return self.public_url.scheme == "https"
