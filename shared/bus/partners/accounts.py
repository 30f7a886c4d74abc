"""The part of nats-server's configuration that lets partners in: one account each, with its own durable's subjects.

Permissions inside one account would not hold: whoever may fetch chooses the subject that JetStream replies to,
unchecked, and could have events delivered onto internal subjects. In an account of its own a reply stays in there.

The imports stand under the prefix of a JetStream domain. Under ``$JS.API`` itself the server answers everybody first,
that JetStream is not enabled for them, because a partner's account has none of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from shared.bus.partners.partner import Partner
from shared.bus.topology import PUBLIC

CORE: Final = "CORE"
DOMAIN: Final = "practices"
INBOXES: Final = "_INBOX.>"  # the default of every client; an account's inboxes are its own
MOST_CONNECTIONS: Final = 16
MOST_SUBSCRIPTIONS: Final = 256
LARGEST_REQUEST: Final = 64 * 1024

_NEXT: Final = "CONSUMER.MSG.NEXT"
_INFO: Final = "CONSUMER.INFO"

# What the core account gives: by itself nobody can reach it, only who is given an import below.
EXPORTS: Final[tuple[dict[str, Any], ...]] = (
    {"service": f"$JS.API.{_NEXT}.{PUBLIC}.*", "response_type": "stream"},
    {"service": f"$JS.API.{_INFO}.{PUBLIC}.*"},
    {"service": f"$JS.ACK.{PUBLIC}.>"},
)


def accounts(partners: Iterable[Partner]) -> str:
    """Return the file that nats-server includes in its ``accounts``. It holds public keys and no secret."""
    lines = ["# Partners, from the partners file by 'python -m shared.bus partners'; do not edit."]
    lines += [f"{json.dumps(partner.account)}: {json.dumps(_account(partner), indent=2)}" for partner in partners]
    return "\n".join(lines) + "\n"


def subjects(durable: str) -> tuple[str, ...]:
    """The only subjects that a partner may publish to: fetch, look at and acknowledge on its own durable."""
    return (
        f"$JS.{DOMAIN}.API.{_NEXT}.{PUBLIC}.{durable}",
        f"$JS.{DOMAIN}.API.{_INFO}.{PUBLIC}.{durable}",
        f"$JS.ACK.{PUBLIC}.{durable}.>",
    )


def _account(partner: Partner) -> dict[str, Any]:
    mine = subjects(partner.account)
    permissions = {"publish": {"allow": [*mine]}, "subscribe": {"allow": [INBOXES]}}
    kinds = ["STANDARD", "WEBSOCKET"]
    return {
        "users": [{"nkey": key, "allowed_connection_types": kinds, "permissions": permissions} for key in partner.keys],
        "imports": [
            {
                "service": {"account": CORE, "subject": subject.replace(f"$JS.{DOMAIN}.API", "$JS.API")},
                "to": subject,
            }
            for subject in mine
        ],
        "limits": {
            "max_connections": MOST_CONNECTIONS,
            "max_subscriptions": MOST_SUBSCRIPTIONS,
            "max_payload": LARGEST_REQUEST,
        },
    }
