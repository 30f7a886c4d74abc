"""What is wrong with ``.env`` is told before anything starts."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic_settings import BaseSettings

from deploy.environment import problems, read_environment
from services.notifications.settings import NotificationSettings
from services.review.settings import ReviewSettings
from services.search.settings import SearchSettings
from services.submissions.settings import SubmissionsSettings
from services.syndication.settings import SyndicationSettings
from services.web.settings import WebSettings

ROOT = Path(__file__).parents[2]


def _example() -> dict[str, str]:
    return read_environment(ROOT / ".env.example")


@pytest.mark.parametrize(
    ("container", "settings"),
    [
        ("submissions-worker", SubmissionsSettings),
        ("review-api", ReviewSettings),
        ("search", SearchSettings),
        ("notifications-worker", NotificationSettings),
        ("syndication-api", SyndicationSettings),
        ("web", WebSettings),
    ],
)
def test_what_operators_are_told_to_set_reaches_who_reads_it(container: str, settings: type[BaseSettings]) -> None:
    given = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"][container]["environment"]
    pages = [*(ROOT / "docs/operations").glob("*.md"), ROOT / ".env.example"]
    told = {name for page in pages for name in re.findall(r"\b[A-Z][A-Z_]+\b", page.read_text("utf-8"))}
    secrets = {"WEB_SECRET", "WEBHOOK_SECRET", "OIDC_CLIENT_SECRET", "SMTP_URL", "MONGODB_URL", "NATS_PASSWORD"}
    names = {name.upper() for name in settings.model_fields} & told - secrets
    assert names - given.keys() == set()


def test_the_example_runs_as_it_stands() -> None:
    assert list(problems(_example())) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"PUBLIC_URL": ""}, "PUBLIC_URL is not set"),
        ({"PUBLIC_URL": "http://exchange.localhost:8443"}, "speaks https only"),
        (
            {"PUBLIC_URL": "https://exchange.localhost:84a3"},
            "'https://exchange.localhost:84a3': no web address",
        ),
        ({"OIDC_ISSUER": "https://[::1"}, "OIDC_ISSUER is 'https://[::1': no web address"),
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


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("SECRETS=./.secrets  # ours alone", "./.secrets"),
        ("SECRETS='./my secrets' # ours alone", "./my secrets"),
        ('SECRETS="./#1"', "./#1"),
        ("SECRETS=./no#comment", "./no#comment"),
        ("SECRETS= # the usual one", ""),
    ],
)
def test_a_value_is_what_docker_compose_reads(tmp_path: Path, line: str, value: str) -> None:
    (tmp_path / ".env").write_text(f"{line}\n")
    assert read_environment(tmp_path / ".env") == {"SECRETS": value}
