"""``python -m shared.bus`` as an operator runs it, against real servers.

Starting a process takes a second, so the commands run as processes of their own once, and in this one for the rest.
"""

import asyncio
import contextlib
import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.free_ports import free_port
from local.nats_users import OBSERVER, PROVISION
from shared.bus.__main__ import main
from shared.bus.dead_letters import bury, dead_letters
from shared.bus.letters_again import REASON
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, DURABLES, EVENTS, provision, streams
from shared.errors import Permanent
from shared.events.submissions import SubmissionDrafted
from tests.servers import NatsWithUsers
from tests.shared.bus.house import DURABLE, House, discarded, drafted
from tests.shared.bus.test_relay import _relay, _withdrawn
from tests.waiting import eventually

ROOT = Path(__file__).parents[3]
ONE = "contribution:one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    code: int
    out: str
    err: str


async def _process(*arguments: str, **environment: str) -> Done:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "shared.bus",
        *arguments,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    return Done(code=child.returncode or 0, out=out.decode(), err=err.decode())


async def _command(*arguments: str, **environment: str) -> Done:
    """Run it on a thread of this process, with a loop of its own."""
    return await asyncio.to_thread(_run, arguments, environment)


def _run(arguments: tuple[str, ...], environment: dict[str, str]) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code=code, out=out.getvalue(), err=err.getvalue())


def _servers(house: House) -> dict[str, str]:
    return {"NATS_URL": str(house.settings.nats_url), "MONGODB_URL": str(house.settings.mongodb_url)}


async def _at(house: House, *arguments: str) -> Done:
    return await _command(*arguments, **_servers(house))


async def _ok(house: House, *arguments: str) -> str:
    done = await _at(house, *arguments)
    assert (done.code, done.err) == (0, ""), done
    return done.out


def _refused(done: Done, code: int, words: str) -> None:
    assert (done.code, done.out) == (code, ""), done
    assert words in done.err
    assert done.err.count("\n") == 1, done.err


async def test_each_command_runs_as_a_process(house: House) -> None:
    async def process(*arguments: str) -> Done:
        return await _process(*arguments, **_servers(house))

    house.fail[1] = [Permanent("no such case")]
    async with house.running():
        await house.say(drafted("one"), aggregate=ONE, version=1)
        await eventually(lambda: _letters(house, 1))
        database = house.store.db.name
        done = await asyncio.gather(
            process("provision"),
            process("status"),
            process("list", "--json"),
            process("show", "1"),
            process("reconcile", "--dry-run", "--databases", database),
            process("show", "x"),
            process("--help"),
            _process("status", NATS_URL=f"nats://127.0.0.1:{free_port()}"),
        )
        replayed = await process("replay", "1")
        await eventually(lambda: _applied(house, 1))
    *fine, bad, _, away = done
    assert [one.code for one in done] == [0, 0, 0, 0, 0, 2, 0, 1]
    assert [one.err for one in fine] == [""] * 5
    assert (bad.err.count("\n"), away.err.count("\n")) == (1, 1)
    assert (replayed.code, replayed.out.splitlines()[-1], replayed.err) == (0, "1 replayed", "")


async def test_reconcile_files_lost_letters_again_and_they_can_be_replayed(house: House) -> None:
    house.fail[1] = [Permanent("no such case")]
    database = house.store.db.name
    async with house.running():
        await house.say(drafted("one"), aggregate=ONE, version=1)
        await eventually(lambda: _letters(house, 1))
        assert "dead letters" not in await _ok(house, "reconcile", "--databases", database)
        await house.js.delete_stream(DEAD_LETTERS)
        await provision(house.js)
        seen = await _at(house, "reconcile", "--dry-run", "--databases", database)
        assert (seen.code, seen.out.splitlines()[-1]) == (1, "dead letters: 1 missing")
        for lines in (1, 0):
            told = await _ok(house, "reconcile", "--databases", database)
            assert told.count("dead letters: 1 filed again") == lines
        (letter,) = await dead_letters(house.js)
        assert (letter.event_type, letter.reason) == (SubmissionDrafted.type, REASON)
        await _ok(house, "replay", str(letter.number))
        await eventually(lambda: _applied(house, 1))
    assert "dead letters" not in await _ok(house, "reconcile", "--databases", database)


async def test_status_tells_what_is_missing_and_provision_makes_it(house: House) -> None:
    await house.js.delete_stream(EVENTS)
    done = await _at(house, "status")
    assert done.code == 1
    missing = [line.split()[0] for line in done.out.splitlines() if line.endswith("missing")]
    assert missing == [EVENTS, *(durable.name for durable in DURABLES)]
    assert "'provision' makes what is missing" in done.out
    for _ in range(2):
        assert await _ok(house, "provision") == _all_there()
    await house.say(drafted("one"), aggregate=ONE, version=1)
    await _relay(house).publish_pending()
    told = (await _ok(house, "status")).splitlines()
    status = {line.split()[0]: line.split()[1:3] for line in told}
    assert len({line.index(" messages") for line in told if " messages" in line}) == 1
    assert len({line.index(" waiting") for line in told if " waiting" in line}) == 1
    assert status[EVENTS] == ["1", "messages"]
    assert status[DURABLE] == ["1", "waiting"]
    assert status["submissions-reviews"] == ["0", "waiting"]


def _all_there() -> str:
    return f"{len(streams())} streams and {len(DURABLES)} durables are as they should be\n"


async def test_dead_letters_are_listed_shown_and_replayed(house: House) -> None:
    house.fail[1] = [Permanent("no such case"), Permanent("still none")]
    async with house.running():
        first = await house.say(drafted("one"), aggregate=ONE, version=1)
        await house.say(drafted("two"), aggregate="contribution:two", version=1)
        await eventually(lambda: _letters(house, 2))
        listed = [json.loads(line) for line in (await _ok(house, "list", "--json")).splitlines()]
        assert [letter["number"] for letter in listed] == [1, 2]
        letter = next(one for one in listed if one["event_id"] == first)
        assert letter["durable"] == DURABLE
        assert letter["event_type"] == "eu.practice-exchange.submission.drafted.v1"
        assert letter["attempts"] == 1
        lines = (await _ok(house, "list", "--durable", DURABLE)).splitlines()
        assert len(lines) == 2
        assert letter["reason"] in "".join(lines)
        shown = json.loads(await _ok(house, "show", str(letter["number"])))
        assert shown.items() > letter.items()
        assert json.loads(shown["body"])["id"] == first

        assert (await _ok(house, "replay", str(letter["number"]))).endswith("\n1 replayed\n")
        await eventually(lambda: _applied(house, 1))
        assert (await _ok(house, "replay", "--all")).endswith("\n1 replayed\n")
        await eventually(lambda: _applied(house, 2))
    assert await _ok(house, "list") == "no dead letters\n"
    assert await _ok(house, "list", "--json") == ""
    assert await _ok(house, "replay", "--all") == "0 replayed\n"


async def _letters(house: House, count: int) -> bool:
    return len(await dead_letters(house.js)) == count


async def _applied(house: House, count: int) -> bool:
    return len(await house.effects()) == count


@pytest.mark.parametrize(
    ("stream", "durable", "words"),
    [
        (CATALOGUE, "search", "dead letter 1 is of the catalogue, which search reads again when it is told to rebuild"),
        (EVENTS, "retired-submissions", "dead letter 1 is of retired-submissions, which is no durable"),
    ],
)
async def test_what_nobody_would_hear_is_not_replayed(house: House, stream: str, durable: str, words: str) -> None:
    await bury(
        house.js,
        durable=durable,
        reason="unreadable",
        subject="submissions.drafted",
        stream=stream,
        sequence=7,
        attempts=1,
        body=b"\xff",
        headers={},
    )
    _refused(await _at(house, "replay", "1"), 2, words)
    assert await _ok(house, "replay", "--all") == "0 replayed, 1 left that cannot be ('replay N' says why)\n"
    assert json.loads(await _ok(house, "show", "1"))["body"] == "\\xff"
    assert (await house.js.stream_info(EVENTS)).state.messages == 0


async def test_dead_letters_are_discarded_and_stay_countable(house: House) -> None:
    for sequence in (7, 8, 9):
        await bury(
            house.js,
            durable="search" if sequence == 9 else DURABLE,
            reason=f"unreadable {sequence}",
            subject="submissions.drafted",
            stream=EVENTS,
            sequence=sequence,
            attempts=1,
            body=b"personal",
            headers={},
        )
    said = (await _ok(house, "discard", "2")).splitlines()
    assert said[0].startswith("discarded ")
    assert said[0].endswith("unreadable 8")
    assert said[1] == "1 discarded, 1 in all ('list --discarded' shows them)"
    _refused(await _at(house, "discard", "--all"), 2, "2 would be gone for good; add --yes")
    assert len(await dead_letters(house.js)) == 2
    assert "1 discarded, 2 in all" in await _ok(house, "discard", "--all", "--durable", "search", "--yes")
    notes = [json.loads(line) for line in (await _ok(house, "list", "--discarded", "--json")).splitlines()]
    assert [note["reason"] for note in notes] == ["unreadable 8", "unreadable 9"]
    assert [letter.reason for letter in await dead_letters(house.js)] == ["unreadable 7"]
    assert "2 of them notes of discarded ones" in await _ok(house, "status")
    for what in ("show", "replay", "discard"):
        _refused(await _at(house, what, str(notes[0]["number"])), 2, "was discarded")
        _refused(await _at(house, what, "2"), 2, "there is no dead letter 2")
    assert not any(note.body for note in await dead_letters(house.js, discarded=True))


async def test_reconcile_says_what_is_missing_and_publishes_it_again(house: House) -> None:
    name = house.store.db.name
    await house.say(drafted("one"), aggregate=ONE, version=1)
    await house.say(discarded("one"), aggregate=ONE, version=2)
    await house.say(_withdrawn(1), aggregate="practice:p1", version=1)
    await _relay(house).publish_pending()
    complete = f"{name}: 3 events looked at, 0 missing, 0 catalogue snapshots missing\n"
    assert await _ok(house, "reconcile", "--dry-run", "--databases", name) == complete
    for stream in (EVENTS, CATALOGUE):
        await house.js.delete_stream(stream)
    lost = await _at(house, "reconcile", "--dry-run", "--databases", name)
    assert lost.code == 1
    assert "'provision' makes what is missing" in lost.err
    await provision(house.js)
    told = await _at(house, "reconcile", "--dry-run", "--databases", name)
    assert (told.code, told.out) == (1, complete.replace("0 missing", "3 missing").replace("0 cat", "1 cat"))
    again = f"{name}: 3 events looked at, 3 published again, 1 catalogue snapshots published again\n"
    assert await _ok(house, "reconcile", "--databases", name) == again
    assert await _ok(house, "reconcile", "--dry-run", "--databases", name) == complete


BAD: tuple[tuple[tuple[str, ...], str], ...] = (
    ((), "the following arguments are required: COMMAND"),
    (("destroy",), "invalid choice: 'destroy'"),
    (("show",), "the following arguments are required: number"),
    (("show", "x"), "'x' is no number of a dead letter"),
    (("show", "-1"), "-1"),
    (("show", "9" * 30), "is no number of a dead letter"),
    (("show", "4711"), "there is no dead letter 4711; 'list' shows those there are"),
    (("replay", "4711"), "there is no dead letter 4711"),
    (("replay",), "name numbers, or --all"),
    (("replay", "1", "--all"), "name numbers, or --all"),
    (("replay", "1", "--durable", DURABLE), "--durable goes with --all"),
    (("discard",), "name numbers, or --all"),
    (("discard", "1", "--durable", DURABLE), "--durable goes with --all"),
    (("list", "--durable", "nobody"), "invalid choice: 'nobody'"),
    (("provision", "--replicas", "2"), "invalid choice: 2"),
    (("reconcile", "--databases", "nowhere"), "there is no outbox in the database nowhere"),
)


async def test_bad_input_is_told_in_one_line(house: House) -> None:
    for arguments, words in BAD:
        _refused(await _at(house, *arguments), 2, words)


async def test_bad_settings_are_told_in_one_line() -> None:
    _refused(await _command("status", NATS_URL="localhost"), 2, "NATS_URL: ")
    _refused(await _command("status", MONGODB_URL="http://127.0.0.1"), 2, "MONGODB_URL: ")


async def test_servers_that_are_away_are_told_at_once(house: House) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    for command in ("provision", "status", "list"):
        done = await asyncio.wait_for(_command(command, NATS_URL=f"nats://{nowhere}"), timeout=20)
        _refused(done, 1, "no NATS server answers at NATS_URL")
    done = await _command("reconcile", NATS_URL=str(house.settings.nats_url), MONGODB_URL=f"mongodb://{nowhere}/")
    _refused(done, 1, "MongoDB at MONGODB_URL: ")


async def test_who_may_not_is_told_so(nats_with_users: NatsWithUsers) -> None:
    async def as_user(user: str, password: str, *arguments: str) -> Done:
        # As processes: nats-py leaves the socket of a refused connection to the garbage collector.
        return await _process(*arguments, NATS_URL=nats_with_users.url, NATS_USER=user, NATS_PASSWORD=password)

    stranger, provisioned, observer = await asyncio.gather(
        as_user(PROVISION, "a guess", "status"),
        as_user(PROVISION, nats_with_users.passwords[PROVISION], "provision"),
        as_user(OBSERVER, nats_with_users.passwords[OBSERVER], "status"),
    )
    _refused(stranger, 1, "NATS does not let NATS_USER in with this NATS_PASSWORD")
    assert provisioned.code == 0
    _refused(observer, 1, "permissions violation")


async def test_help_tells_what_there_is() -> None:
    overview = await _command("--help")
    assert overview.code == 0
    for words in ("provision", "reconcile", "NATS_URL", "MONGODB_URL", "Exit code"):
        assert words in overview.out
    replay = await _command("replay", "--help")
    assert replay.code == 0
    assert "--all" in replay.out
