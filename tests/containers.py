"""Real servers in containers, by testcontainers, for who has Docker and wants another version than the local one."""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pymongo import MongoClient

from local.free_ports import free_port
from local.mongod import TRANSACTION_SECONDS
from local.nats_configuration import NatsUser, configuration

MONGO_IMAGE = "mongo:7"
NATS_IMAGE = "nats:2.12"
PATIENCE_SECONDS = 60


@contextmanager
def mongo_container() -> Iterator[str]:
    """Run a replica set of one node and give its URL."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - half a second, for who asks

    container = (
        DockerContainer(MONGO_IMAGE)
        .with_command(
            "mongod --replSet rs0 --bind_ip_all --setParameter enableTestCommands=1"
            f" --setParameter transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"
        )
        .with_exposed_ports(27017)
    )
    with container:
        url = (
            f"mongodb://{container.get_container_host_ip()}:{container.get_exposed_port(27017)}/?directConnection=true"
        )
        with MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=60_000) as client:
            member = {"_id": 0, "host": "127.0.0.1:27017"}
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
            _until(lambda: bool(client.admin.command("hello").get("isWritablePrimary")), "mongod is primary")
        yield url


def docker_answers() -> bool:
    """Tell whether there is a Docker engine that lets us in."""
    import docker  # noqa: PLC0415 - comes with testcontainers; half a second, for who asks

    try:
        client = docker.from_env(timeout=10)
        client.ping()
    except docker.errors.DockerException:
        return False
    client.close()
    return True


@contextmanager
def nats_container(users: Mapping[NatsUser, str] | None = None) -> Iterator[str]:
    """Run a nats-server with JetStream and give its URL. Without users anybody may do anything on it."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - half a second, for who asks

    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        container = DockerContainer(NATS_IMAGE).with_bind_ports(4222, port)
        if users:
            _configure(Path(folder), users)
            container = container.with_volume_mapping(folder, "/etc/exchange", "ro")
            container = container.with_command("--config /etc/exchange/nats.conf")
        else:
            container = container.with_command("-js")
        with container:
            host = container.get_container_host_ip()
            _until(lambda: _greets(host, port), "nats-server greets")
            yield f"nats://{host}:{port}"


def _configure(folder: Path, users: Mapping[NatsUser, str]) -> None:
    """Write what nats-server reads in the container, as another user than ours."""
    folder.chmod(0o755)
    partners = folder / "partners.conf"
    partners.write_text("", "utf-8")
    text = configuration(
        Path("/tmp/jetstream"), 4222, users, partners=partners, pid_file=Path("/tmp/nats.pid"), host="0.0.0.0"
    )
    (folder / "nats.conf").write_text(text, "utf-8")


def _greets(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.settimeout(1)
            return connection.recv(4) == b"INFO"
    except OSError:
        return False


def _until(holds: Callable[[], bool], what: str) -> None:
    """Ask until it holds; raises TimeoutError after ``PATIENCE_SECONDS``."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"not after {PATIENCE_SECONDS} s: {what}")
        time.sleep(0.05)
