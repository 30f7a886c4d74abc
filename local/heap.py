"""Keeping the C library's heaps small."""

from __future__ import annotations

import ctypes
import sys

M_ARENA_MAX = -8  # mallopt(3)
ARENAS = 2
# The same for a process to be started.
FEW_ARENAS = {"MALLOC_ARENA_MAX": str(ARENAS)}


def keep_few_arenas() -> None:
    """Let threads share glibc's heaps: by default each gets its own, and what one frees the others cannot use.

    With many short-lived buffers in many threads that took 120 MB in the demo.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt:
            mallopt(M_ARENA_MAX, ARENAS)
