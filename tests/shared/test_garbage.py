"""Garbage is looked for seldom, and not in what was imported."""

import subprocess
import sys


def test_a_program_that_looks_seldom_still_frees_cycles() -> None:
    """In a process of its own, because it holds for all of it."""
    program = (
        "import gc, weakref\n"
        "from shared.garbage import THRESHOLDS, look_seldom\n"
        "class Cycle: pass\n"
        "look_seldom()\n"
        "assert gc.get_threshold() == THRESHOLDS and gc.get_freeze_count() > 1000\n"
        "one = Cycle(); one.itself = one; seen = weakref.ref(one); del one\n"
        "kept = [[] for _ in range(THRESHOLDS[0] + 1)]\n"
        "assert seen() is None\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
