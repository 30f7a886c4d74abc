"""The folder of secrets that docker-compose.yml mounts is filled once and never changed."""

import re
import ssl
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.environment import read_environment
from deploy.secrets import Secrets, make_secrets
from local.binaries import NATS_SERVER

ROOT = Path(__file__).parents[2]
EXAMPLE = read_environment(ROOT / ".env.example")
OWN = {"COMPOSE_PROFILES": "", "OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "exchange"}


def _contents(folder: Path) -> Mapping[str, str]:
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


def test_every_file_that_the_compose_file_mounts_is_made(tmp_path: Path) -> None:
    made = make_secrets(tmp_path / "s", EXAMPLE)
    files = (ROOT / name for name in ("docker-compose.yml", "docker-compose.cluster.yml"))
    mounted = {name for file in files for name in re.findall(r"\.secrets\}/([\w.]+)", file.read_text("utf-8"))}
    assert len(mounted) > 20
    assert mounted <= set(_contents(tmp_path / "s"))
    assert set(made) <= set(_contents(tmp_path / "s"))


def test_only_its_owner_may_look_into_the_folder(tmp_path: Path) -> None:
    make_secrets(tmp_path / "s", EXAMPLE)
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700
    assert not [file for file in (tmp_path / "s").iterdir() if stat.S_IMODE(file.stat().st_mode) & 0o222]


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    make_secrets(tmp_path, EXAMPLE)
    before = _contents(tmp_path)
    (tmp_path / "mongo_password_review").unlink()
    assert make_secrets(tmp_path, EXAMPLE) == ["mongo_password_review"]
    after = _contents(tmp_path)
    assert after["mongo_password_review"] != before["mongo_password_review"]
    assert {name for name in before if before[name] != after[name]} == {"mongo_password_review"}


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make_secrets(tmp_path / name, EXAMPLE)
    one, other = (_contents(tmp_path / name) for name in ("one", "other"))
    assert {name for name in one if one[name] == other[name]} == {"smtp_url", "oidc_client_secret", "partners.conf"}


def test_a_trials_certificates_are_trusted_by_its_services(tmp_path: Path) -> None:
    make_secrets(tmp_path, EXAMPLE)
    trusted = ssl.create_default_context(cafile=tmp_path / "authorities.pem").get_ca_certs(binary_form=True)
    for name in ("tls", "nats"):
        (authority,) = ssl.create_default_context(cafile=tmp_path / f"{name}_authority.pem").get_ca_certs(True)
        assert authority in trusted
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / f"{name}.crt", tmp_path / f"{name}.key")


def test_killed_at_any_write_the_next_run_makes_certificates_that_belong_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    write, left = Secrets.write, 0

    def write_some(kept: Secrets, name: str, text: str) -> None:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        write(kept, name, text)

    writes = len(make_secrets(tmp_path / "whole", EXAMPLE)) + 2  # the configurations are written each time
    for before in range(writes):
        folder, left = tmp_path / str(before), before
        with monkeypatch.context() as patched:
            patched.setattr(Secrets, "write", write_some)
            with pytest.raises(Killed):
                make_secrets(folder, EXAMPLE)
        make_secrets(folder, EXAMPLE)
        test_a_trials_certificates_are_trusted_by_its_services(folder)


def test_a_key_of_the_operators_own_is_left_alone_in_a_trial(tmp_path: Path) -> None:
    (tmp_path / "tls.key").write_text("the operator's own")
    with pytest.raises(ValueError, match=r"tls\.crt"):
        make_secrets(tmp_path, EXAMPLE)
    assert (tmp_path / "tls.key").read_text() == "the operator's own"


def test_nats_takes_tls_where_it_is_asked_for(tmp_path: Path) -> None:
    make_secrets(tmp_path, EXAMPLE)
    assert "/run/secrets/nats.crt" not in (tmp_path / "nats.conf").read_text("utf-8")
    assert make_secrets(tmp_path, EXAMPLE | {"NATS_SCHEME": "tls"}) == []
    assert "/run/secrets/nats.crt" in (tmp_path / "nats.conf").read_text("utf-8")


@pytest.mark.parametrize("name", ["nats.conf", "nats_cluster.conf"])
def test_nats_understands_its_configuration(tmp_path: Path, name: str) -> None:
    make_secrets(tmp_path, EXAMPLE)
    checked = subprocess.run(
        [NATS_SERVER.find(), "-t", "--config", tmp_path / name],
        check=False,
        capture_output=True,
        text=True,
        env={"NATS_NAME": "nats-2"},
    )
    assert checked.returncode == 0, checked.stderr


def test_what_only_the_operator_can_give_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"tls\.crt, tls\.key, authorities\.pem, smtp_url"):
        make_secrets(tmp_path, EXAMPLE | OWN)
    for name in ("tls.crt", "tls.key", "authorities.pem", "smtp_url"):
        (tmp_path / name).write_text("the operator's own")
    make_secrets(tmp_path, EXAMPLE | OWN)
    assert (tmp_path / "tls.crt").read_text() == "the operator's own"


@pytest.mark.parametrize("service", ["submissions", "review", "search", "notifications", "syndication", "web"])
def test_each_service_has_its_own_password_in_its_own_address(tmp_path: Path, service: str) -> None:
    make_secrets(tmp_path, EXAMPLE)
    password = (tmp_path / f"mongo_password_{service}").read_text()
    assert f"//{service}:{password}@" in (tmp_path / f"mongodb_url_{service}").read_text()
