"""What an operator set wrong is told at the start, without the value, and secrets may come from files."""

from pathlib import Path

import pytest

from shared.settings import Settings, read_settings


def test_a_secret_may_stand_in_a_file_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nats_password").write_text("from the file\n")
    (tmp_path / "mongodb_url").write_text("mongodb://db.example/?replicaSet=rs0\n")
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    settings = read_settings(Settings)
    assert settings.nats_password is not None
    assert settings.nats_password.get_secret_value() == "from the file"
    assert settings.mongodb_url.hosts()[0]["host"] == "db.example"
    monkeypatch.setenv("NATS_PASSWORD", "from the environment")
    again = read_settings(Settings).nats_password
    assert again is not None
    assert again.get_secret_value() == "from the environment"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "ninety", "settings: PORT: Input should be a valid integer"),
        ("MONGODB_URL", "postgres://u:hunter2@db", "settings: MONGODB_URL: URL scheme should be 'mongodb'"),
        ("OIDC_ALGORITHMS", "RS256", 'error parsing value for field "oidc_algorithms"'),
        ("SECRETS_DIR", "/nowhere", "settings: SECRETS_DIR: there is no folder /nowhere"),
    ],
)
def test_what_is_wrong_is_told_in_a_line_without_its_value(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        read_settings(Settings)
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]
    assert "hunter2" not in lines[0]
