"""What is missing is said in plain words, with how to mend it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import preflight
from local.addresses import Outside, Ports
from local.free_ports import free_port
from local.preflight import data_problems, mongod_problems, nats_problems, port_problems, problems, python_problems
from local.reach import outside_problems


def program(folder: Path, name: str, *, says: str, code: int) -> str:
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n")
    file.chmod(0o755)
    return str(file)


def test_an_old_python_is_named() -> None:
    [said] = python_problems((3, 10))
    assert "3.10 is too old" in said
    assert "PYTHON=" in said


def test_this_environment_will_do(tmp_path: Path) -> None:
    assert list(python_problems()) == []
    assert list(mongod_problems(tmp_path)) == []
    assert list(nats_problems()) == []


def test_data_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    [said] = data_problems(tmp_path / "file" / "data")
    assert "cannot be written" in said


def test_a_file_in_the_place_of_the_data_is_called_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    [said] = data_problems(tmp_path / "file")
    assert "is a file" in said
    assert "chown" not in said
    assert "DATA=" in said


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    [said] = data_problems(tmp_path, needed=2**60)
    assert "MB left" in said
    (tmp_path / "mongod").mkdir()
    assert list(data_problems(tmp_path, needed=2**60)) == []  # its room was taken before


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = Ports(first=taken.getsockname()[1])
        [said] = port_problems(ports, ("sign-in",))
        assert f"Port {ports.first} (sign-in) is in use" in said
        assert "--first-port" in said
        outside = Outside(oidc_issuer="https://sign-in.example.org")
        assert not [one for one in problems(tmp_path, ports, outside) if "(sign-in)" in one]


def test_ports_in_use_are_told_in_one_line_with_one_hint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        with socket.create_server(("127.0.0.1", first + 1)):
            [said] = port_problems(Ports(first=first), ("sign-in", "submissions"))
    assert f"Ports {first} (sign-in), {first + 1} (submissions) are in use" in said
    assert said.count("--first-port") == 1


def test_a_missing_libcurl_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says = "error while loading shared libraries: libcurl.so.4: cannot open shared object file"
    monkeypatch.setenv("MONGOD", program(tmp_path, "mongod", says=says, code=127))
    [said] = mongod_problems(tmp_path / "data")
    assert "apt-get install libcurl4" in said
    assert "pycurl" in said


def test_servers_that_are_not_there_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGOD", "/nowhere/mongod")
    monkeypatch.setenv("NATS_SERVER", program(tmp_path, "nats-server", says="no", code=1))
    said = problems(tmp_path / "data", Ports(first=free_port()), Outside())
    assert any("MONGODB_URL" in one for one in said)
    assert any("NATS_URL" in one for one in said)


def test_servers_of_others_need_no_programs_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGOD", "/nowhere/mongod")
    monkeypatch.setenv("NATS_SERVER", "/nowhere/nats-server")
    monkeypatch.setattr(preflight, "port_problems", lambda *_: iter(()))
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"127.0.0.1:{server.getsockname()[1]}"
        outside = Outside.of_environment(
            {"MONGODB_URL": f"mongodb://{there}", "NATS_URL": f"nats://{there}", "SMTP_URL": "", **os.environ}
        )
        assert problems(tmp_path, Ports(), outside) == ()
    assert set(outside.ours()) >= {"smtp", "mailbox", "sign-in", "submissions"}
    assert not {"mongod", "nats-server"} & set(outside.ours())


def test_servers_of_others_that_do_not_answer_are_named() -> None:
    port = free_port()
    outside = Outside(mongodb_url=f"mongodb://me:secret@127.0.0.1:{port}/?replicaSet=rs", nats_url="tls://[::1]:1")
    said = list(outside_problems(outside))
    assert [one.partition(" (")[0] for one in said] == ["Nothing answers at MONGODB_URL", "Nothing answers at NATS_URL"]
    assert f"127.0.0.1:{port}" in said[0]
    assert not any("secret" in one for one in said)


def test_one_answering_member_of_a_replica_set_is_enough() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        hosts = f"127.0.0.1:{free_port()},127.0.0.1:{server.getsockname()[1]}"
        assert list(outside_problems(Outside(mongodb_url=f"mongodb://{hosts}/?replicaSet=rs"))) == []


@pytest.mark.parametrize("address", ["secret", "http://secret", "mongodb://", "mongodb://secret:port"])
def test_an_address_that_cannot_be_read_is_named(address: str) -> None:
    [said] = outside_problems(Outside(mongodb_url=address))
    assert said.startswith("MONGODB_URL is not an address such as mongodb://")
    assert "secret" not in said


@pytest.mark.parametrize("first", ["0", "65535", "-1", "many"])
def test_a_first_port_that_leaves_no_room_is_refused(first: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "local", "up", "--first-port", first], capture_output=True, check=False, timeout=30
    )
    assert run.returncode == 2
    assert b"a number from 1 to" in run.stderr
    assert b"Traceback" not in run.stderr
