"""Reading what a file says, out of this process and within a time."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import unicodedata
from typing import Final

from services.submissions.reading.media_types import READABLE

MOST_CHARACTERS: Final = 50_000  # of all files of a practice together: about twenty pages
_SECONDS: Final = 20.0
_AT_ONCE: Final = 2
_PROGRAM: Final = "services.submissions.reading"


class Reader:
    """Reads files, two at a time. One that cannot be read, or not in time, says nothing: that is never an error."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def read(self, content: bytes, media_type: str) -> str:
        """Return the beginning of what a file says in plain text, white space made single; the empty text for none."""
        if media_type not in READABLE:
            return ""
        async with self._places:
            return _tidy(await self._run(content, media_type))

    async def _run(self, content: bytes, media_type: str) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", _PROGRAM, media_type, str(MOST_CHARACTERS),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._seconds):
                said, _ = await process.communicate(content)
        except TimeoutError:
            return b""
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return said if process.returncode == 0 else b""


def _tidy(said: bytes) -> str:
    """Leave out what is neither seen nor a space, so that it takes no more room in an event than it is worth."""
    text = said.decode(errors="replace")
    seen = "".join(" " if unicodedata.category(one) in {"Cc", "Zl", "Zp"} else one for one in text)
    return " ".join(seen.split())[:MOST_CHARACTERS]
