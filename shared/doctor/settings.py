"""Where the doctor looks, read from the environment as every program here does."""

from typing import Final

from pydantic import Field, FilePath, SecretStr
from pydantic_core import Url
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import HttpUrl, MongoUrl, NatsUrl

SERVICES: Final = ("submissions", "review", "search", "notifications", "syndication", "web")


class DoctorSettings(BaseSettings):
    """The addresses of the services; those of MongoDB, NATS and the provider are looked at where they are given.

    NATS is asked as ``NATS_USER``, who may look at streams (``operator`` or ``provision``). ``public_url`` is where
    people come in: its certificate is looked at, and those of all other addresses that are https.
    """

    model_config = SettingsConfigDict(extra="ignore")

    submissions_url: HttpUrl = Url("http://127.0.0.1:8101")
    review_url: HttpUrl = Url("http://127.0.0.1:8102")
    search_url: HttpUrl = Url("http://127.0.0.1:8103")
    notifications_url: HttpUrl = Url("http://127.0.0.1:8104")
    web_url: HttpUrl = Url("http://127.0.0.1:8105")
    syndication_url: HttpUrl = Url("http://127.0.0.1:8106")
    public_url: HttpUrl | None = None
    mongodb_url: MongoUrl | None = None
    nats_url: NatsUrl | None = None
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    nats_ca: FilePath | None = None
    oidc_issuer: HttpUrl | None = None
    doctor_seconds: float = Field(default=8.0, gt=0, le=120)

    def addresses(self) -> dict[str, list[str]]:
        """Return where each service is."""
        return {name: [str(getattr(self, f"{name}_url")).rstrip("/")] for name in SERVICES}
