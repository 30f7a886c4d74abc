"""One installation by Docker Compose: settings and secrets in a folder of its own, data in volumes of its own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.environment import problems, read_environment
from deploy.secrets import make_secrets
from local.free_ports import free_port

ROOT = Path(__file__).parents[2]
PROJECT = "practice-exchange-journey"
OVERLAY = Path("tests/compose/docker-compose.yml")
SERVICES = ("submissions", "review", "search", "notifications", "syndication", "web")


class ComposeFailed(Exception):
    """A command of Docker ended with an error; the message has the end of what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """``files`` are the compose files, laid one over the other."""

    folder: Path
    files: Sequence[Path]
    environment: Mapping[str, str] = field(repr=False)

    @classmethod
    def in_folder(cls, folder: Path, *files: Path) -> Installation:
        """Make settings and secrets in an empty folder, from .env.example as it stands but for the ports."""
        folder.mkdir(parents=True)
        port = free_port()
        example = read_environment(ROOT / ".env.example")
        environment = {name: value.replace("8443", str(port)) for name, value in example.items()} | {
            "SECRETS": str(folder / "secrets"),
            "JOURNEY_NATS_PORT": str(free_port()),
        }
        if wrong := list(problems(environment)):
            raise ValueError("; ".join(wrong))
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in environment.items()), "utf-8")
        make_secrets(folder / "secrets", environment)
        return cls(folder=folder, files=(Path("docker-compose.yml"), *files, OVERLAY), environment=environment)

    @property
    def command(self) -> list[str]:
        """What a command of Docker Compose begins with."""
        files = [part for file in self.files for part in ("-f", str(ROOT / file))]
        where = ["--project-name", PROJECT, "--project-directory", str(ROOT), "--env-file", str(self.folder / ".env")]
        return ["docker", "compose", "--ansi", "never", *where, *files]

    def compose(self, *words: str, seconds: float = 1200) -> str:
        """Run one command of Docker Compose and return what it printed. Raises ComposeFailed."""
        # What .env says is not overruled by whoever runs this.
        plain = {name: value for name, value in os.environ.items() if name not in self.environment}
        return output_of([*self.command, *words], environment=plain, seconds=seconds)

    def build(self) -> None:
        """Make the images one after the other: side by side they would take each other's cores."""
        for service in (*(f"{name}-api" for name in SERVICES[:-1] if name != "search"), "search", "web", "proxy"):
            self.compose("build", service)
        self.compose("build", "sign-in")

    def copies(self, service: str) -> list[str]:
        """Return the names of the containers of a service that run."""
        return [one["Name"] for one in self.states() if one["Service"] == service and one["State"] == "running"]

    def states(self) -> list[dict[str, Any]]:
        """Return what Compose knows of each container: Service, Name, State, Health, ExitCode."""
        return [json.loads(line) for line in self.compose("ps", "--all", "--format", "json").splitlines()]

    def signing_keys(self) -> Path:
        """Return a copy of the keys with which the trial's sign-in signs."""
        copy = self.folder / "keys.json"
        copy.write_text(self.compose("exec", "-T", "sign-in", "cat", "/data/keys.json"), "utf-8")
        return copy

    def site(self) -> dict[str, str]:
        """Return the variables that lead the journeys here."""
        port, url = self.environment["HTTPS_PORT"], self.environment["PUBLIC_URL"]
        return {
            "SITE_URL": url,
            "SITE_AT": f"https://127.0.0.1:{port}",
            "SITE_ISSUER": self.environment["OIDC_ISSUER"],
            "SITE_SIGNING_KEYS": str(self.signing_keys()),
            "SITE_MAILBOX": f"https://{self.environment['MAILBOX_HOST']}:{port}",
            "SITE_NATS_URL": f"nats://127.0.0.1:{self.environment['JOURNEY_NATS_PORT']}",
            "SITE_SECRETS": self.environment["SECRETS"],
            "SITE_COMPOSE": shlex.join(self.command),
            "SITE_LOGS": shlex.join([*self.command, "logs", "--no-color", "--no-log-prefix"]),
        }


@contextmanager
def installation(folder: Path, *files: Path) -> Iterator[Installation]:
    """Make an installation; at the end its containers, its data and its folder are gone."""
    shutil.rmtree(folder, ignore_errors=True)
    made = Installation.in_folder(folder, *files)
    try:
        yield made
    finally:
        made.compose("--profile", "trial", "--profile", "story", "down", "--volumes", "--remove-orphans")
        shutil.rmtree(folder)


def output_of(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, seconds: float = 60, said: str = ""
) -> str:
    """Run a program, say something to it, and return what it printed. Raises ComposeFailed."""
    try:
        done = subprocess.run(
            command,
            input=said,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            env=environment,
            cwd=ROOT,
        )
    except FileNotFoundError as error:
        raise ComposeFailed(f"there is no {command[0]} here") from error
    except subprocess.TimeoutExpired as error:
        raise ComposeFailed(f"{shlex.join(command)}: not done after {seconds:.0f} s") from error
    if done.returncode:
        tail = "\n".join([*done.stdout.splitlines()[-15:], *done.stderr.splitlines()[-15:]])
        raise ComposeFailed(f"{shlex.join(command)}: exit code {done.returncode}\n{tail}")
    return done.stdout
