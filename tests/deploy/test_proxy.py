"""What the proxy's settings have to keep to."""

import re
from pathlib import Path

import pytest

from services.web.mine.imports import IMPORT_SECONDS

NGINX = Path("deploy/proxy/nginx.conf")


def test_the_proxy_waits_for_as_long_as_the_front_end_does() -> None:
    told = re.search(r"^\s*proxy_read_timeout (\d+)s;", NGINX.read_text(), re.MULTILINE)
    assert told is not None
    assert int(told[1]) > IMPORT_SECONDS


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/unsubscribe/K3y_-", "/unsubscribe/-"),
        ("/api/notifications/unsubscribe/K3y_-", "/api/notifications/unsubscribe/-"),
        ("/searches/stop/K3y_-", "/searches/stop/-"),
        ("/api/search/alerts/K3y_-/stop", "/api/search/alerts/-/stop"),
        ("/feeds/K3y_-", "/feeds/-"),
        ("/api/search/feeds/K3y_-", "/api/search/feeds/-"),
        ("/mine/import/K3y_-", "/mine/import/-"),
        ("/practices/p1/versions/2", None),
        ("/feed.atom", None),
    ],
)
def test_keys_that_open_without_a_sign_in_are_not_logged(path: str, told: str | None) -> None:
    """As the proxy maps paths: the first pattern that fits, else as they are."""
    settings = NGINX.read_text()
    logged = set(re.findall(r"\$(\w+)", " ".join(re.findall(r"log_format json .*?;", settings, re.DOTALL))))
    assert logged & {"uri", "request", "request_uri", "args", "remote_addr", "http_referer"} == set()
    (block,) = re.findall(r"map \$uri \$path_told \{(.*?)\n  \}", settings, re.DOTALL)
    (pattern, value) = re.findall(r'~(\S+) "(.*)";', block)[0]
    found = re.search(pattern.replace("(?<", "(?P<"), path)
    shown = re.sub(r"\$(before|after)", lambda name: found[name[1]], value) if found else None
    assert shown == told


def test_the_proxys_own_errors_tell_no_caller() -> None:
    """From ``crit`` down nginx adds the address and the whole request of whoever was being served."""
    assert re.findall(r"^error_log \S+ (\w+);", NGINX.read_text(), re.MULTILINE) == ["alert"]
