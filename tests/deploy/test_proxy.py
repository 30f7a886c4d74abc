"""What the proxy's settings have to keep to."""

import re
from pathlib import Path

from services.web.mine.imports import IMPORT_SECONDS

NGINX = Path("deploy/proxy/nginx.conf")


def test_the_proxy_waits_for_as_long_as_the_front_end_does() -> None:
    told = re.search(r"^\s*proxy_read_timeout (\d+)s;", NGINX.read_text(), re.MULTILINE)
    assert told is not None
    assert int(told[1]) > IMPORT_SECONDS
