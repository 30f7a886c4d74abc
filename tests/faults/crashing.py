"""``python -m tests.faults.crashing SERVICE FILE``: a service that dies of every event about what the file names.

While the file is there, each delivery of such an event to a handler ends the process as a crash would; each death adds
a line to ``FILE.deaths``.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from typing import Any

from shared.bus.consumer import Consumer
from shared.events.envelope import Envelope

DIED = 70


def main(service: str, file: Path) -> None:
    """Run the service with consumers that die."""

    def die_of(text: str) -> None:
        if file.exists() and (name := file.read_text()) and name in text:
            with file.with_suffix(".deaths").open("a") as deaths:
                deaths.write("died\n")
            os._exit(DIED)

    apply, with_others = Consumer._apply, Consumer._with_others

    async def dying_apply(self: Consumer, envelope: Envelope) -> Any:
        die_of(envelope.partitionkey)
        return await apply(self, envelope)

    async def dying_with_others(self: Consumer, body: bytes, together: Any) -> Any:
        die_of(body.decode(errors="replace"))
        return await with_others(self, body, together)

    Consumer._apply = dying_apply  # type: ignore[method-assign]
    Consumer._with_others = dying_with_others  # type: ignore[method-assign]
    sys.argv = [service, "all"]
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=False)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
