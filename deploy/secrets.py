"""The folder of secrets that docker-compose.yml mounts, each in a file of its own.

What is missing is made, nothing is changed. The folder is its owner's alone; the files in it are readable, because each
container reads its own as another user.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import certifi

from deploy.environment import TRIAL, profiles
from local.certificates import Certificates, certificates_in
from local.nats_configuration import configuration
from local.nats_users import OPERATOR, users
from shared.bus.partners.accounts import accounts

SERVICES = ("submissions", "review", "search", "notifications", "syndication", "web")
DATABASE_HOSTS = ("mongo", "mongo-2", "mongo-3")  # the first alone where there is no cluster
TRIAL_RELAY = "smtp://mailbox:1025"
NATS_HOSTS = ("nats", "nats-2", "nats-3")
NATS_PORT, NATS_MONITOR_PORT, NATS_WEBSOCKET_PORT, NATS_CLUSTER_PORT = 4222, 8222, 8080, 6222


class Secrets:
    """A folder of files with one secret each; ``made`` names what was missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made: list[str] = []
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)

    def has(self, name: str) -> bool:
        return (self._folder / name).exists()

    def once(self, name: str, text: str) -> str:
        """Write it if there is none of this name, and return what is there."""
        file = self._folder / name
        if not file.exists():
            self.anew(name, text)
        return file.read_text("utf-8").strip()

    def anew(self, name: str, text: str) -> None:
        """Write it in place of what there may be of this name."""
        self.write(name, text)
        self.made.append(name)

    def write(self, name: str, text: str) -> None:
        """Write it whole or not at all; the same again leaves the file as it is."""
        file = self._folder / name
        if not file.exists() or file.read_text("utf-8") != text:
            part = self._folder / f".{name}.part"
            part.write_text(text, "utf-8")
            part.chmod(0o444)
            part.replace(file)

    def read(self, name: str) -> str:
        return (self._folder / name).read_text("utf-8")

    def password(self, name: str) -> str:
        return self.once(name, secrets.token_urlsafe(32))


def make_secrets(folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Fill the folder and return the names of what was made. Raises ValueError for what only the operator can give."""
    kept = Secrets(folder)
    kept.once("mongo_key", b64encode(secrets.token_bytes(500)).decode())
    for name in ("mongo_root_password", "web_secret", "webhook_secret"):
        kept.password(name)
    kept.once("oidc_client_secret", "")  # an operator's provider may have given one
    for service in (*SERVICES, OPERATOR):
        word = kept.password(f"mongo_password_{service}")
        kept.once(f"mongodb_url_{service}", _mongodb_url(service, word, DATABASE_HOSTS[:1]))
        kept.once(f"mongodb_cluster_url_{service}", _mongodb_url(service, word, DATABASE_HOSTS))
    _nats(kept, tls=environment.get("NATS_SCHEME") == "tls")
    if TRIAL in profiles(environment):
        _of_a_trial(kept, environment)
    if missing := [name for name in ("tls.crt", "tls.key", "authorities.pem", "smtp_url") if not kept.has(name)]:
        raise ValueError(
            f"put these into {folder}: {', '.join(missing)}. tls.crt and tls.key are the site's certificate (with its"
            " chain) and key, authorities.pem whom the services trust (the file of your system will do), smtp_url"
            " the mail relay: smtp://user:password@host:587"
        )
    return kept.made


def _mongodb_url(user: str, password: str, hosts: Sequence[str]) -> str:
    named = ",".join(f"{host}:27017" for host in hosts)
    return f"mongodb://{user}:{password}@{named}/?replicaSet=rs0&authSource=admin"


def _nats(kept: Secrets, *, tls: bool) -> None:
    inside = _certificate(kept, "nats", NATS_HOSTS)
    passwords = {user: kept.password(f"nats_password_{user.name}") for user in users()}
    text = configuration(
        Path("/data"),
        NATS_PORT,
        passwords,
        partners=Path("partners.conf"),
        pid_file=Path("/tmp/nats-server.pid"),  # noqa: S108 - the container's own
        host="0.0.0.0",
        monitor_port=NATS_MONITOR_PORT,
        websocket_port=NATS_WEBSOCKET_PORT,
        certificates=inside if tls else None,
    )
    kept.write("nats.conf", text)  # follows what each may do, which a new release may change
    kept.write("nats_cluster.conf", _in_a_cluster(kept.password("nats_routes_password")))
    kept.once("partners.conf", accounts([]))


def _in_a_cluster(password: str) -> str:
    """Return the configuration of each node of a cluster, which is called as its environment says."""
    routes = [f"nats://routes:{password}@{host}:{NATS_CLUSTER_PORT}" for host in NATS_HOSTS]
    cluster = {
        "name": "practice-exchange",
        "listen": f"0.0.0.0:{NATS_CLUSTER_PORT}",
        "authorization": {"user": "routes", "password": password},
        "routes": routes,
    }
    return f'include "nats.conf"\nserver_name: $NATS_NAME\ncluster: {json.dumps(cluster)}\n'


def _of_a_trial(kept: Secrets, environment: Mapping[str, str]) -> None:
    """A certificate that only this trial trusts, and its mailbox as the relay."""
    kept.once("smtp_url", TRIAL_RELAY)
    if not kept.has("tls_authority.pem") and (kept.has("tls.crt") or kept.has("tls.key")):
        return  # the operator's own
    names = [environment[name] for name in ("SITE_HOST", "SIGN_IN_HOST", "MAILBOX_HOST") if environment.get(name)]
    _certificate(kept, "tls", names)
    trusted = (
        Path(certifi.where()).read_text("utf-8"),
        kept.read("tls_authority.pem"),
        kept.read("nats_authority.pem"),
    )
    kept.once("authorities.pem", "\n".join(trusted))


def _certificate(kept: Secrets, name: str, hosts: Sequence[str]) -> Certificates:
    """Make a certificate for these hosts that only this installation trusts; return where containers find it."""
    if not kept.has(f"{name}.crt"):
        with TemporaryDirectory() as folder:
            made = certificates_in(Path(folder), hosts)
            # They belong together: what is there of an earlier run that was killed gives way. The certificate is last.
            kept.anew(f"{name}_authority.pem", made.authority.read_text())
            kept.anew(f"{name}.key", made.key.read_text())
            kept.anew(f"{name}.crt", made.certificate.read_text())
    there = Path("/run/secrets")
    return Certificates(
        authority=there / f"{name}_authority.pem", certificate=there / f"{name}.crt", key=there / f"{name}.key"
    )
