"""Ports for servers that are about to start: one each, and none that a connection goes out from."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import free_ports
from local.free_ports import NoPortIsFree, free_port

ASKS_A_HUNDRED_TIMES = "from local.free_ports import free_port\nfor _ in range(100): print(free_port())"


def test_processes_that_ask_at_once_are_given_different_ports() -> None:
    asking = [
        subprocess.Popen([sys.executable, "-c", ASKS_A_HUNDRED_TIMES], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    given = [port for process in asking for port in process.communicate(timeout=60)[0].split()]
    assert len(given) == len(set(given)) == 400


def test_no_port_is_given_that_connections_go_out_from() -> None:
    told = Path("/proc/sys/net/ipv4/ip_local_port_range")
    lowest = int(told.read_text().split()[0]) if told.exists() else 49_152
    assert lowest > free_ports.LAST


def test_a_port_that_somebody_listens_on_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first = free_port()
    with socket.create_server(("127.0.0.1", first)):
        monkeypatch.setattr(free_ports, "FIRST", first)
        monkeypatch.setattr(free_ports, "LAST", first + 1)
        assert {free_port(), free_port()} == {first + 1}


def test_that_no_port_is_left_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    first = free_port()
    monkeypatch.setattr(free_ports, "FIRST", first)
    monkeypatch.setattr(free_ports, "LAST", first)
    with socket.create_server(("127.0.0.1", first)), pytest.raises(NoPortIsFree, match="stop what listens"):
        free_port()


@pytest.mark.parametrize("spoiled", ["", "no number", "99999", "7"])
def test_a_counter_that_was_spoiled_begins_anew(spoiled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    free_port()
    (counter,) = tmp_path.iterdir()
    counter.write_text(spoiled)
    assert free_ports.FIRST <= free_port() <= free_ports.LAST
