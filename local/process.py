"""A child process that never outlives its parent and stops when asked.

Plain ``subprocess`` rather than asyncio's: a handle is then bound to no event loop, so one server can serve many
tests, each with its own loop.
"""

from __future__ import annotations

import asyncio
import ctypes
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic

PR_SET_PDEATHSIG = 1


class DidNotStart(Exception):
    """A server stopped, or stayed silent, before it was ready; the message ends with the tail of its log."""


def _die_with_parent() -> Callable[[], None] | None:
    """Let the kernel kill the child when the parent dies, even by SIGKILL (Linux only, prctl(2)).

    The signal follows the *thread* that forked, so children are started from the main thread.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    return arm


class Process:
    """One run of one program, its output in a log file."""

    def __init__(
        self, command: Sequence[str | Path], *, log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                # Its own session: Ctrl-C reaches the launcher alone, which then stops the servers in order.
                start_new_session=True,
                preexec_fn=_die_with_parent(),  # noqa: PLW1509 - one prctl call, loaded before the fork
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal, or None while it runs."""
        return self._child.poll()

    async def stop(self, patience: float = 20.0) -> int:
        """Ask it to stop, wait up to ``patience`` seconds, then kill it; return the exit code."""
        if self.code is None:
            self._child.terminate()
        return await self._gone(patience)

    async def kill(self) -> int:
        """End it at once, as a crash would (SIGKILL)."""
        if self.code is None:
            self._child.kill()
        return await self._gone(10.0)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal that it knows."""
        self._child.send_signal(number)

    def pause(self) -> None:
        """Freeze it (SIGSTOP), as an overloaded machine would."""
        self._child.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._child.send_signal(signal.SIGCONT)

    def tail(self, characters: int = 2000) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-characters:]

    async def _gone(self, patience: float) -> int:
        until = monotonic() + patience
        while (code := self.code) is None:
            if monotonic() > until:
                self._child.kill()
                until = monotonic() + patience
            await asyncio.sleep(0.01)
        return code


async def ready(process: Process, answers: Callable[[], Awaitable[object]], *, name: str, patience: float) -> None:
    """Wait until ``answers`` gives something true.

    Raises ``DidNotStart`` when the process ends first or ``patience`` seconds pass.
    """
    until = monotonic() + patience
    while True:
        if process.code is not None:
            raise DidNotStart(f"{name} ended with code {process.code} before it was ready:\n{process.tail()}")
        if await answers():
            return
        if monotonic() > until:
            raise DidNotStart(f"{name} was not ready after {patience:.0f} s:\n{process.tail()}")
        await asyncio.sleep(0.02)
