"""The page on several runs counts what was, and tells what was wrong."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.deck import every_fault
from tests.faults.report import Run, kind_of, page
from tests.faults.rig import Rig

GREEN = Run(
    seed=7,
    cluster=False,
    seconds=60,
    faults=("SIGKILL mongod", "SIGSTOP a service", "stream PUBLIC deleted", "event before an earlier one"),
    acknowledged=1234,
    recovery=12.34,
    violations=(),
)


def test_each_run_is_a_row_with_its_faults_by_kind() -> None:
    text = page([GREEN], version="1.0")
    assert "| 7 | one of each | 60 | 2 | 0 | 0 | 0 | 0 | 1 | 1 | 1,234 | 12.3 s | green |" in text
    assert "1 runs in a row, 4 faults,\n1,234 acknowledged writes. **Nothing was lost" in text


def test_what_was_wrong_is_told_and_nothing_is_called_well() -> None:
    text = page([GREEN, replace(GREEN, seed=8, cluster=True, seconds=None, violations=("it is lost",))], version="1.0")
    assert "| 8 | three of each | each once |" in text
    assert "**1 were red.**" in text
    assert "- seed 8: it is lost" in text
    assert "Nothing was lost" not in text


def test_every_fault_is_counted_where_it_belongs() -> None:
    faults = [*every_fault(Rig()), *every_fault(Rig(cluster=True))]
    messages = {fault.name for fault in faults if kind_of(fault.name) == "messages"}
    assert all(name.startswith(("poison", "event", "consumer")) for name in messages)
    assert messages
