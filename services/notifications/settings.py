"""What an operator sets for notifications, beside what every service needs."""

from email.utils import parseaddr
from typing import Annotated

from pydantic import Field, Secret, UrlConstraints, field_validator
from pydantic_core import Url

from services.notifications.domain.addresses import Address, Refused, read_address
from shared.settings import HttpUrl, Settings

SmtpUrl = Annotated[Url, UrlConstraints(allowed_schemes=["smtp", "smtps"], host_required=True)]


class NotificationSettings(Settings):
    """``smtp_url`` is ``smtp://`` (upgraded by STARTTLS when the relay offers it) or ``smtps://`` (TLS from the start),
    with percent-encoded ``user:password@`` where the relay asks for one. ``web_url`` is where people read the site, and
    ``unsubscribe_url`` where the route ``/unsubscribe`` of this service is reached from outside; mailbox providers
    offer one-click unsubscribing only over https. A mail whose sender has been silent for ``mail_lease_seconds`` counts
    as doubtful. At most ``live_clients`` people follow their count of unread entries in one process, each on
    ``live_clients_each`` pages; after ``live_minutes`` they have to come again, with a token that still holds.
    """

    database: str = Field(min_length=1, max_length=63, default="practice_exchange_notifications")
    port: int = Field(default=8104, ge=1, le=65535)

    smtp_url: Secret[SmtpUrl] = Secret(Url("smtp://127.0.0.1:8125"))
    smtp_connections: int = Field(default=2, ge=1, le=20)
    smtp_timeout_seconds: float = Field(default=30.0, gt=0, le=120)
    mail_from: str = "Practice Exchange <no-reply@practice-exchange.example>"
    web_url: HttpUrl = Url("http://127.0.0.1:8105")
    unsubscribe_url: HttpUrl = Url("http://127.0.0.1:8104/unsubscribe")
    mail_lease_seconds: float = Field(default=300.0, ge=1, le=3600)
    sweep_seconds: float = Field(default=2.0, gt=0, le=60)

    @field_validator("mail_from")
    @classmethod
    def _a_sender(cls, text: str) -> str:
        try:
            read_address(parseaddr(text)[1])
        except Refused as error:
            raise ValueError(f"MAIL_FROM needs an address people can recognise: {error}") from error
        return text

    @property
    def sender_name(self) -> str:
        return parseaddr(self.mail_from)[0]

    @property
    def sender_address(self) -> Address:
        return read_address(parseaddr(self.mail_from)[1])

    @property
    def mail_domain(self) -> str:
        """The domain that Message-IDs and our greeting to the relay carry."""
        return self.sender_address.text.rpartition("@")[2]

    live_clients: int = Field(default=500, ge=1, le=10_000)
    live_clients_each: int = Field(default=10, ge=1, le=100)
    live_minutes: float = Field(default=15.0, gt=0, le=24 * 60)
