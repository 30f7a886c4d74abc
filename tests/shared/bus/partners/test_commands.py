"""The command for partners: what it tells, what it refuses, and what it leaves when something fails."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from shared.bus.partners import file
from shared.bus.partners.partner import SUBJECTS
from shared.bus.partners.snippets import LANGUAGES
from shared.errors import Conflict, Invalid
from shared.events.registry import PUBLIC
from tests.shared.bus.partners.place import SEED, Done, Place

WHO = ("--organisation", "Acme", "--contact", "me@acme.example")


def _refused(done: Done, code: int, words: str) -> None:
    assert (done.code, done.out) == (code, ""), done
    assert words in done.err
    assert done.err.count("\n") == 1, done.err


async def test_the_seed_is_shown_once_and_kept_nowhere(place: Place) -> None:
    done = await place.ok("add", "acme", *WHO)
    assert "signed in, 0 events wait" in done.out
    assert done.out.count(done.seed) == 1
    kept = [path for path in place.folder.rglob("*") if path.is_file() and done.seed.encode() in path.read_bytes()]
    assert kept == []
    for command in (("list",), ("list", "--json"), ("show", "acme"), ("snippet", "acme"), ("apply",)):
        assert not SEED.search((await place.ok(*command)).out)


async def test_the_files_hold_no_secret_and_are_replaced_whole(place: Place) -> None:
    await place.add("acme")
    partners, accounts = place.folder / "partners.json", place.server.partners
    assert stat.S_IMODE(partners.stat().st_mode) == 0o600
    for each in (partners, accounts):
        assert "password" not in each.read_text()
        assert not each.with_name(f"{each.name}.part").exists()


async def test_list_and_show_say_how_each_keeps_up(place: Place) -> None:
    assert (await place.ok("list")).out == "no partners; 'add' makes one\n"
    await place.add("beta")
    await place.add("acme", "--events", "practice.stale")
    await place.say("stale", "one")
    await place.say("published", "two")
    lines = [json.loads(line) for line in (await place.ok("list", "--json")).out.splitlines()]
    assert [(line["name"], line["waiting"], line["in_hand"]) for line in lines] == [("acme", 1, 0), ("beta", 2, 0)]
    assert "1 waiting, 0 in hand; nothing acknowledged yet" in (await place.ok("list")).out
    told = json.loads((await place.ok("show", "acme")).out)
    assert (told["events"], told["durable"], told["organisation"]) == (["practice.stale"], "ext-acme", "Acme")


async def test_bad_input_is_told_in_one_line_and_changes_nothing(place: Place) -> None:
    await place.add("acme")
    before = {path: path.read_bytes() for path in (place.folder / "partners.json", place.server.partners)}
    for arguments, words in (
        (("add", "acme", *WHO), "there is a partner acme already"),
        (("add", "Acme", *WHO), "small letters"),
        (("add", "a" * 40, *WHO), "32 at most"),
        (("add", "beta"), "--organisation, --contact"),
        (("add", "beta", *WHO, "--events", "practice.eaten"), "no public event is named practice.eaten"),
        (("add", "beta", *WHO, "--since", "yesterday"), "neither all, now nor a time"),
        (("add", "beta", *WHO, "--since", "2026-01-01T00:00"), "neither all, now nor a time"),
        (("add", "beta", *WHO, "--since", "2999-01-01T00:00Z"), "is still to come"),
        (("add", "beta", *WHO, "--ack-wait", "0"), "whole seconds from 1 to 3600"),
        (("add", "beta", *WHO, "--in", "cobol"), "invalid choice"),
        (("show", "nobody"), "there is no partner nobody"),
        (("snippet", "nobody"), "there is no partner nobody"),
        (("change", "nobody", "--contact", "x@y.example"), "there is no partner nobody"),
        (("change", "acme"), "say what to change"),
        (("rotate", "nobody"), "there is no partner nobody"),
        (("revoke", "acme"), "add --yes"),
        (("revoke", "nobody", "--yes"), "there is no partner nobody"),
        ((), "COMMAND"),
    ):
        _refused(await place.partners(*arguments), 2, words)
    assert {path: path.read_bytes() for path in before} == before


async def test_a_server_that_is_not_there_is_told_and_nothing_is_written(place: Place) -> None:
    _refused(await place.partners("add", "acme", *WHO, NATS_URL="nats://127.0.0.1:1"), 1, "no NATS server answers")
    _refused(await place.partners("add", "acme", *WHO, NATS_PASSWORD="guess"), 1, "NATS")
    assert not (place.folder / "partners.json").exists()


async def test_a_server_that_cannot_be_reloaded_leaves_a_partner_that_apply_lets_in(place: Place) -> None:
    """The seed is shown before anything can go wrong, so nothing has to be done twice."""
    done = await place.partners("add", "acme", *WHO, NATS_PID_FILE=str(place.folder / "none"))
    assert done.code == 2
    assert "holds no process id" in done.err
    await place.ok("apply")
    assert (await place.sign_in(done.seed)).is_connected


async def test_without_a_process_to_reload_it_says_how(place: Place) -> None:
    done = await place.partners("add", "acme", *WHO, NATS_PID_FILE="")
    assert done.code == 2, "an empty path is no file"
    environment = {name: value for name, value in place.environment.items() if name != "NATS_PID_FILE"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "shared.bus.partners",
        "add",
        "beta",
        *WHO,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert b"nats-server --signal reload=PID" in out
    assert SEED.search(out.decode())


def test_a_file_that_is_not_as_it_should_be_is_told(tmp_path: Path) -> None:
    path = tmp_path / "partners.json"
    path.write_text('{"partners": [{"name": "acme"}]}')
    with pytest.raises(Invalid, match=r"partners\.0\.organisation: Field required"):
        file.read(path)
    path.write_text("{")
    with pytest.raises(Invalid, match="as a whole"):
        file.read(path)


def test_two_commands_at_once_do_not_undo_each_other(tmp_path: Path) -> None:
    path = tmp_path / "partners.json"
    with file.alone(path), pytest.raises(Conflict, match="another command"), file.alone(path):
        pass


def test_every_public_event_can_be_asked_for_by_its_name() -> None:
    assert set(SUBJECTS.values()) == {event.subject for event in PUBLIC}
    assert "practice.published" in SUBJECTS
    assert set(LANGUAGES) == {"python", "javascript", "go", "cli"}
