"""``python -m shared.health_check``: ask the service in this container whether it can work; exit code 0 when it can.

For an image's health check, where there is no curl. ``PORT`` says where it listens.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

TIMEOUT_SECONDS = 20.0  # on a busy machine; who runs the container sets its own limit


def main(port: int) -> int:
    """Return the exit code; what was answered is printed, for whoever inspects the container."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        said = answer.read(2_000).decode(errors="replace")
    except (OSError, HTTPException) as error:
        said, ready = repr(error), False
    else:
        ready = answer.status == 200  # noqa: PLR2004 - RFC 9110
    finally:
        connection.close()
    print(said)  # noqa: T201 - Docker keeps it with the container's state
    return 0 if ready else 1


if __name__ == "__main__":
    sys.exit(main(int(os.environ.get("PORT", "8000"))))
