"""What an operator sets for partners, beside where NATS is."""

from pathlib import Path

from shared.settings import NatsUrl, Settings


class PartnersSettings(Settings):
    """``partners_file`` is the truth; ``partners_accounts`` is what nats-server includes.

    ``partners_url``, ``partners_websocket_url`` and ``partners_ca`` are what partners are told; the first is
    ``nats_url`` unless given. ``nats_pid_file`` is nats-server's ``pid_file``: with it a change takes effect at once.
    """

    partners_file: Path = Path("partners.json")
    partners_accounts: Path = Path("partners.conf")
    partners_url: NatsUrl | None = None
    partners_websocket_url: NatsUrl | None = None
    partners_ca: str | None = None
    nats_pid_file: Path | None = None
