"""``python -m services.submissions.reading MEDIA_TYPE MOST < FILE``: write the first MOST characters of what it says.

A process of its own, with limits of its own, because a file may be made to take a reader's time and memory. Whatever is
wrong with it, the exit code tells and nothing else.
"""

import sys
from typing import Final

from services.submissions.reading.formats import text_of

try:
    import resource
except ImportError:  # not on Windows, where the time that the caller gives is the only limit
    resource = None  # type: ignore[assignment]

_CPU_SECONDS: Final = 10
_MEMORY_BYTES: Final = 1 << 30


def main(given: list[str]) -> int:
    """Read standard input, write the text as UTF-8."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    media_type, most = given
    try:
        text = text_of(sys.stdin.buffer.read(), media_type, most=int(most))
    except Exception:  # noqa: BLE001 - a damaged file says nothing, whichever way it is damaged
        return 1
    sys.stdout.buffer.write(text.encode("utf-8", errors="replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
