"""What is wrong with ``.env`` is told before anything starts."""

from pathlib import Path

import pytest

from deploy.environment import problems, read_environment

ROOT = Path(__file__).parents[2]


def _example() -> dict[str, str]:
    return read_environment(ROOT / ".env.example")


def test_the_example_runs_as_it_stands() -> None:
    assert list(problems(_example())) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"PUBLIC_URL": ""}, "PUBLIC_URL is not set"),
        ({"PUBLIC_URL": "http://exchange.localhost:8443"}, "speaks https only"),
        ({"PUBLIC_URL": "https://exchange.localhost:8443/"}, "leave the last slash out"),
        ({"PUBLIC_URL": "https://elsewhere.example:8443"}, "they have to be the same"),
        ({"SITE_HOST": "Exchange.localhost:8443"}, "a host name without scheme and port"),
        ({"OIDC_ISSUER": "http://sign-in.localhost:8443"}, "speaks https"),
        ({"OIDC_ISSUER": "https://login.example"}, "OIDC_ISSUER has to name that host"),
        ({"HTTPS_PORT": "https"}, "a number from 1 to 65535"),
        ({"HTTPS_PORT": "443"}, "PUBLIC_URL leads to port 8443"),
        ({"LISTEN": "0.0.0.0"}, "keep it on 127.0.0.1"),
        ({"COMPOSE_PROFILES": ""}, "your provider knows this program by another name"),
    ],
)
def test_each_fault_is_told_with_its_remedy(change: dict[str, str], told: str) -> None:
    found = list(problems(_example() | change))
    assert any(told in one for one in found), found


def test_an_operators_own_provider_is_fine() -> None:
    own = {
        "COMPOSE_PROFILES": "",
        "OIDC_ISSUER": "https://login.example",
        "OIDC_CLIENT_ID": "exchange",
        "LISTEN": "0.0.0.0",
    }
    assert list(problems(_example() | own)) == []


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# fine\nA=1\nwhat is this\n")
    with pytest.raises(ValueError, match="line 3"):
        read_environment(file)
