"""What an operator sets, read from the environment: names in upper case, without a prefix (``MONGODB_URL``).

Nothing here is read at import: a service gets its settings object from whoever starts it, so several services can
run in one process.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

from pydantic import Field, FilePath, SecretStr, UrlConstraints, ValidationError
from pydantic_core import MultiHostUrl, Url
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

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
    """What everything needs that keeps a record and listens.

    ``otel_exporter_otlp_endpoint`` is the address of a collector that traces are sent to (OTLP over HTTP), none unless
    set; ``otel_exporter_otlp_headers`` are what it asks for (``name=value``, with commas between), and
    ``otel_traces_sampler_arg`` which part of all traces is sent. The names are OpenTelemetry's own.
    """

    mongodb_url: MongoUrl = MultiHostUrl("mongodb://127.0.0.1:8127/?directConnection=true")
    database: str = Field(min_length=1, max_length=63, default="practice_exchange")
    otel_exporter_otlp_endpoint: HttpUrl | None = None
    otel_exporter_otlp_headers: SecretStr | None = None
    otel_traces_sampler_arg: float = Field(default=1.0, ge=0, le=1)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    log_level: str = "INFO"


class Settings(ServerSettings):
    """What every service on the bus needs; each service adds its own.

    ``nats_ca`` is the file of the authority whose certificates are trusted, where NATS takes TLS with one of its own.
    """

    nats_url: NatsUrl = MultiHostUrl("nats://127.0.0.1:8122")
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    nats_ca: FilePath | None = None


SettingsT = TypeVar("SettingsT", bound=BaseSettings)

SECRETS_DIR = "SECRETS_DIR"
EXIT_BAD_SETTINGS = 2


def read_settings(kind: type[SettingsT]) -> SettingsT:
    """Read a program's settings, or end the program with exit code 2 and one line for each that is wrong.

    A setting may also stand in a file of its name in the folder that ``SECRETS_DIR`` names (``nats_password``), as
    containers are given their secrets; the environment wins. What is wrong is told without the value, which may be a
    secret.
    """
    folder = os.environ.get(SECRETS_DIR)
    if folder and not Path(folder).is_dir():
        _refuse([f"SECRETS_DIR: there is no folder {folder}"])
    try:
        return kind(_secrets_dir=folder) if folder else kind()
    except SettingsError as error:  # a list or an object that is no JSON
        _refuse([str(error)])
    except ValidationError as error:
        _refuse(_wrong(error))


def _wrong(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in one['loc']).upper() or 'the settings'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False)
    ]


def _refuse(wrong: list[str]) -> NoReturn:
    for line in wrong:
        sys.stderr.write(f"settings: {' '.join(line.split())}\n")
    raise SystemExit(EXIT_BAD_SETTINGS)
