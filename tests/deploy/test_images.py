"""A service's image holds shared/ and that service only.

Looked at is the stage of the image that gathers the code: what it installs is the lock's business (test_locks.py), and
what a container of the finished image may do is tried by tests/compose.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASE = "python:3.11-slim"
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/app.py"))


def _docker(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *words], check=False, capture_output=True, text=True, env={**os.environ, "DOCKER_BUILDKIT": "1"}
    )


@pytest.fixture(scope="module", autouse=True)
def _docker_builds() -> None:
    if shutil.which("docker") is None or _docker("info").returncode:
        pytest.skip("no Docker engine answers here")
    if _docker("image", "inspect", BASE).returncode:
        pytest.skip(f"{BASE} is not here, and a test does not fetch it")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.timeout(300)
def test_the_image_of_a_service_holds_shared_and_that_service_only(tmp_path: Path, service: str) -> None:
    out = f"type=local,dest={tmp_path}"
    built = _docker(
        *("build", "--file", str(ROOT / "deploy/Dockerfile"), "--build-arg", f"SERVICE={service}"),
        *("--target", "held", "--output", out, str(ROOT)),
    )
    assert built.returncode == 0, built.stderr
    assert _names(tmp_path) == ["services", "shared"]
    assert _names(tmp_path / "services") == ["__init__.py", service]
    assert (tmp_path / "services" / service / "__main__.py").is_file()
    for room in ("shared", f"services/{service}"):
        assert _code(tmp_path / room) == _code(ROOT / room)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "__pycache__")


def _code(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix == ".py"}
