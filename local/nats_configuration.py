"""nats-server's configuration file: our users in the account ``CORE``, each partner in an account of its own.

A partner's account is in a file of its own, which the command ``partners`` writes and this one includes, so that
partners come and go while the server runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.certificates import Certificates
from shared.bus.partners.accounts import CORE, EXPORTS

MAX_PAYLOAD = 1024 * 1024
# The disk is the limit. Unset, it is three quarters of what was free as the server started: one that started on a full
# disk would store nothing ever after, however much room was made, and call itself healthy.
MAX_STORE = "1TB"
SYSTEM = "SYS"


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsUser:
    """Who may connect, and the only subjects that this user may publish to and subscribe to."""

    name: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def configuration(
    store: Path,
    port: int,
    users: Mapping[NatsUser, str],
    *,
    partners: Path,
    pid_file: Path,
    host: str = "127.0.0.1",
    monitor_port: int | None = None,
    websocket_port: int | None = None,
    certificates: Certificates | None = None,
) -> str:
    """Return the file. Without users there is no sign-in and there are no accounts.

    ``monitor_port`` tells how it is, on the loopback only.

    Every user states both lists: a user without a ``subscribe`` list may listen to everything.
    """
    lines = [
        f"listen: {host}:{port}",
        "server_name: practice-exchange",
        f"pid_file: {json.dumps(str(pid_file))}",
        f"max_payload: {MAX_PAYLOAD}",
        f"jetstream {{ store_dir: {json.dumps(str(store))}, sync_interval: always, max_file_store: {MAX_STORE} }}",
    ]
    tls = certificates and {"cert_file": str(certificates.certificate), "key_file": str(certificates.key)}
    if tls:
        lines.append(f"tls: {json.dumps(tls)}")
    if monitor_port:
        lines.append(f"http: 127.0.0.1:{monitor_port}")
    if websocket_port:
        secured = {"tls": tls} if tls else {"no_tls": True}
        lines.append(f"websocket: {json.dumps({'listen': f'{host}:{websocket_port}', **secured})}")
    if users:
        core = {"jetstream": "enabled", "users": [_user(*entry) for entry in users.items()], "exports": EXPORTS}
        lines += [
            f"system_account: {SYSTEM}",
            "accounts {",
            f"{SYSTEM}: {{}}",
            f"{CORE}: {json.dumps(core)}",
            f"include {json.dumps(partners.name)}",
            "}",
        ]
    return "\n".join(lines) + "\n"


def _user(user: NatsUser, password: str) -> dict[str, Any]:
    return {
        "user": user.name,
        "password": password,
        "permissions": {"publish": _only(user.publish), "subscribe": _only(user.subscribe)},
    }


def _only(subjects: tuple[str, ...]) -> dict[str, list[str]]:
    # An empty allow list would allow everything.
    return {"allow": list(subjects)} if subjects else {"deny": [">"]}
