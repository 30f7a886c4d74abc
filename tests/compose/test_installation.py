"""What an installation by Docker Compose promises beside its main job: walls, rights, and images that hold one service.

They run on one that is up (``SITE_COMPOSE`` is the command that reaches it), as ``make journey-compose`` starts it.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Sequence

import httpx
import pytest

from tests.compose.installation import SERVICES
from tests.journeys.site import Site, named

COMPOSE = shlex.split(os.environ.get("SITE_COMPOSE", ""))
CONTAINERS = (*(f"{name}-api" for name in SERVICES if name not in {"search", "web"}), "search", "web")

pytestmark = pytest.mark.skipif(not COMPOSE, reason="no installation is given (make journey-compose starts one)")


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMPOSE, *words], check=False, capture_output=True, text=True)


def _in(service: str, *words: str) -> subprocess.CompletedProcess[str]:
    return _run("exec", "-T", service, *words)


def _mongo(service: str, database: str, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script on a database, signed in as a service."""
    password = (Site().secrets / f"mongo_password_{service}").read_text("utf-8").strip()
    user = ["--username", service, "--password", password, "--authenticationDatabase", "admin"]
    return _in("mongo", "mongosh", "--quiet", *user, database, "--eval", script)


def test_only_the_proxy_is_reached_from_outside() -> None:
    whole = json.loads(_run("config", "--format", "json").stdout)["services"]
    published = {name for name, service in whole.items() if service.get("ports")}
    assert published - {"nats"} == {"proxy"}, "NATS is published by what these tests lay over it"
    assert [port["host_ip"] for port in whole["proxy"]["ports"]] == ["127.0.0.1"]


@pytest.mark.parametrize("path", ["/metrics", "/health/ready", "/api/review/metrics", "/api/search/health/live"])
def test_what_is_for_the_inside_is_not_let_out(path: str) -> None:
    site = Site()
    with httpx.Client(verify=site.trusting) as client:
        assert client.get(site.at + path, headers=named(site.url)).status_code == 404
        assert client.get(f"{site.at}/api/review/openapi.json", headers=named(site.url)).status_code == 200


def test_who_comes_by_another_name_is_not_answered() -> None:
    site = Site()
    with httpx.Client(verify=site.trusting) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get(site.at, headers={"Host": "elsewhere.example"})


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_own_database_and_no_other(service: str) -> None:
    others = [name for name in SERVICES if name != service]
    script = f"""
        db.getCollectionNames();
        for (const other of {json.dumps(others)}) {{
          try {{ db.getSiblingDB("practice_exchange_" + other).outbox.findOne(); print("read", other); }}
          catch (error) {{ print(error.codeName); }}
        }}"""
    asked = _mongo(service, f"practice_exchange_{service}", script)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.split() == ["Unauthorized"] * len(others)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_runs_one_service_without_privileges(container: str) -> None:
    service = container.removesuffix("-api")
    listed = _in(container, "sh", "-c", "id -u; ls /app; ls /app/services; ls / >/tmp/x && touch /app/x")
    assert "Read-only file system" in listed.stderr
    assert listed.stdout.split()[0] == "10001"
    assert _names(listed.stdout.split()[1:]) == sorted(["__init__.py", service, "services", "shared"])
    tools = _in(container, "sh", "-c", "command -v pip gcc make curl; python3 -m pip --version")
    assert tools.stdout == ""
    capabilities = _in(container, "sh", "-c", "grep Cap /proc/self/status").stdout
    assert {line.split()[1] for line in capabilities.splitlines()} == {"0" * 16}


def _names(found: Sequence[str]) -> list[str]:
    return sorted(name for name in found if name != "__pycache__")
