"""``python -m tests.faults.restore``: back up a system under load, restore it into an empty one, and prove that all of
it is there. Writes docs/reports/restore-proof.md.

Proved: the restored record, files and streams are those of the backup, byte by byte; search finds every practice as it
was; once services run on it nothing that was acknowledged before the backup began is missing, nothing took effect
twice, order is kept, and a new contribution comes to its end.
"""

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from local.free_ports import free_port
from local.mongod import Mongod
from local.nats import NatsServer
from shared.backup.folder import Manifest, opened
from shared.clock import utc_now
from shared.service import run
from tests.contents import complete_content
from tests.faults.checker import Told, violations
from tests.faults.observe import come_to_rest, observe
from tests.life import Life, People
from tests.servers import scratch
from tests.system import System, running_system

PAGE = Path("docs/reports/restore-proof.md")
TEMPLATE = Path(__file__).with_name("restore.md")
BEFORE_SECONDS = 12.0
AFTER_SECONDS = 3.0
CLIENTS = 3
FILE = b"What we would do again.\n" * 20_000  # half a megabyte: two pieces of GridFS


@dataclass(slots=True)
class History:
    """What clients were told; ``files`` are attachments that were taken in."""

    created: set[str] = field(default_factory=set)
    submitted: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)

    def told(self) -> Told:
        return Told(
            created=frozenset(self.created), submitted=frozenset(self.submitted), approved=frozenset(self.approved)
        )

    def copy(self) -> "History":
        return History(set(self.created), set(self.submitted), set(self.approved), dict(self.files))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command that was run, and what came of it."""

    command: str
    seconds: float
    code: int
    out: str

    @property
    def last_words(self) -> str:
        return self.out.strip().rpartition("\n")[2].rpartition("/")[2]


@dataclass(slots=True, kw_only=True)
class Proof:
    """What was seen. ``wrong`` says what is not as it was promised."""

    sign_in_port: int
    steps: list[Step] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    at_backup: History = field(default_factory=History)
    at_end: History = field(default_factory=History)
    manifest: Manifest | None = None
    rest_seconds: float = 0.0
    found_again: int = 0


async def _live(people: People, history: History, marker: str) -> None:
    content = complete_content(kind="lesson_learned")
    content["title"][content["source_language"]]["text"] = marker
    life = Life(people=people, content=content, again=True, patience=60)
    await life.create()
    history.created.add(life.id)
    path = f"/contributions/{life.id}/attachments"
    sent = await people.member.post(path, params={"name": "notes.txt"}, content=FILE)
    history.files[life.id] = sent.raise_for_status().json()["id"]
    await life.submit()
    history.submitted.add(life.id)
    await life.review()
    await life.approve()
    history.approved.add(life.id)


async def _load(people: People, history: History, name: str, stop: asyncio.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        await _live(people, history, f"Marked {name} {number}")


async def _command(proof: Proof, system_environment: dict[str, str], *arguments: str) -> Step:
    """Run the command as an operator does, in a process of its own."""
    began = time.monotonic()
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "shared.backup",
        *arguments,
        env={**os.environ, **system_environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await child.communicate()
    shown = " ".join("URL" if "://" in one else one.rpartition("/")[2] for one in arguments)
    step = Step(
        command=f"python -m shared.backup {shown}",
        seconds=time.monotonic() - began,
        code=child.returncode or 0,
        out=out.decode(),
    )
    print(f"  {step.command}: {step.last_words} ({step.seconds:.1f} s)")
    proof.steps.append(step)
    if step.code:
        proof.wrong.append(f"{step.command} ended with {step.code}: {step.out.strip()[-300:]}")
    return step


def _servers(mongodb_url: str, nats_url: str) -> dict[str, str]:
    return {"MONGODB_URL": mongodb_url, "NATS_URL": nats_url}


async def _back_up_under_load(folder: Path, backup: Path, proof: Proof, *, seconds: float) -> None:
    async with running_system(folder, sign_in_port=proof.sign_in_port) as system:
        people = People.of(system, reviewers=1)
        await _sign_everybody_in(system)
        history, stop = History(), asyncio.Event()
        tasks = [asyncio.create_task(_load(people, history, f"client-{n}", stop)) for n in range(CLIENTS)]
        try:
            await asyncio.sleep(seconds)
            proof.at_backup = history.copy()
            await _command(proof, _servers(system.mongod.url, system.nats.url), "save", str(backup))
            await asyncio.sleep(AFTER_SECONDS)
            proof.at_end = history.copy()
        finally:
            stop.set()
            await asyncio.gather(*tasks)
            await people.close()


async def _sign_everybody_in(system: System) -> None:
    for sub, role in (("member", "member"), ("coordinator", "coordinator"), ("reviewer-0", "reviewer")):
        async with system.client(
            "notifications", sub=sub, roles=[role], organisation="org-a", email=f"{sub}@example.org"
        ) as client:
            (await client.get("/me")).raise_for_status()


@asynccontextmanager
async def _empty_servers(folder: Path) -> AsyncIterator[dict[str, str]]:
    """Run servers that hold nothing, on the folders that a system is started on later."""
    for name in ("mongod", "nats"):
        (folder / name).mkdir(parents=True)
    mongod, server = Mongod(folder / "mongod", free_port()), NatsServer(folder / "nats", free_port())
    try:
        await mongod.start()
        await server.start()
        yield _servers(mongod.url, server.url)
    finally:
        await server.stop()
        await mongod.stop()


async def _restore_and_prove(folder: Path, backup: Path, proof: Proof) -> None:
    async with _empty_servers(folder) as servers:
        await _command(proof, servers, "restore", str(backup))
        await _command(proof, servers, "compare", str(backup))
    if proof.wrong:
        return
    async with running_system(folder, sign_in_port=proof.sign_in_port) as system:
        proof.rest_seconds, waiting = await come_to_rest(system)
        servers = _servers(system.mongod.url, system.nats.url)
        await _command(proof, servers, "compare", str(backup), "--only", "search", "--search", system.url("search"))
        proof.wrong += await _promises(system, proof, waiting)
        people = People.of(system, reviewers=1)
        after = History()
        await _live(people, after, "Marked after the restore")
        await people.close()
        if not after.approved:
            proof.wrong.append("a contribution made after the restore did not come to its end")


async def _promises(system: System, proof: Proof, waiting: dict[str, int]) -> list[str]:
    """List what was acknowledged before the backup began and is not there, and whatever else may not be so."""
    there = await observe(system, waiting)
    # Mails that went before the backup are in a mailbox that is gone.
    found = violations(proof.at_backup.told(), replace(there, due_mails=frozenset()))
    proof.found_again = len(there.contributions)
    async with httpx.AsyncClient(base_url=system.url("submissions"), timeout=20) as http:
        headers = system.issuer.headers(sub="member", roles=["member"], organisation="org-a")
        for contribution, attachment in proof.at_backup.files.items():
            answer = await http.get(f"/contributions/{contribution}/attachments/{attachment}", headers=headers)
            if answer.content != FILE:
                found.append(f"the file of {contribution} is not as it was sent: {answer.status_code}")
    return found


def _page(proof: Proof, manifest: Manifest, seconds: float) -> str:
    """Write down what was done and seen."""
    before, end = proof.at_backup, proof.at_end
    collections = [one for database in manifest.databases for one in database.collections]
    steps = [f"| `{one.command}` | {one.seconds:.1f} s | {one.last_words} |" for one in proof.steps]
    return TEMPLATE.read_text(encoding="utf-8").format(
        day=f"{utc_now():%Y-%m-%d}",
        clients=CLIENTS,
        seconds=f"{seconds:.0f}",
        created=len(before.created),
        submitted=len(before.submitted),
        approved=len(before.approved),
        files=len(before.files),
        created_at_end=len(end.created),
        approved_at_end=len(end.approved),
        documents=f"{sum(one.documents for one in collections):,}",
        collections=len(collections),
        messages=f"{sum(stream.messages for stream in manifest.streams):,}",
        bytes=f"{sum(file.bytes for file in manifest.files()):,}",
        took=f"{(manifest.made_at - manifest.begun_at).total_seconds():.1f}",
        restored=proof.found_again,
        rest=f"{proof.rest_seconds:.1f}",
        steps="\n".join(steps),
        outcome="\n".join(f"- {line}" for line in proof.wrong) or "Nothing is missing, and nothing differs.",
    )


async def prove(*, seconds: float) -> Proof:
    """Do it all. What went wrong is in the proof, in words."""
    proof = Proof(sign_in_port=free_port())
    with scratch() as folder:
        backup = folder / "backup"
        await _back_up_under_load(folder / "first", backup, proof, seconds=seconds)
        if not proof.at_backup.approved:
            proof.wrong.append("no contribution came to its end before the backup: nothing was proved")
        if not proof.wrong:
            proof.manifest = opened(backup)
            await _restore_and_prove(folder / "second", backup, proof)
    return proof


def _main(seconds: float, page: Path) -> None:
    logging.getLogger("nats").setLevel(logging.CRITICAL)
    print(f"{CLIENTS} clients for {seconds:.0f} s, then a backup while they go on, and a restore into empty servers")
    proofs: list[Proof] = []

    async def keep() -> None:
        proofs.append(await prove(seconds=seconds))

    run(keep())
    (proof,) = proofs
    for line in proof.wrong:
        print(f"  WRONG: {line}")
    if proof.manifest:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(_page(proof, proof.manifest, seconds), encoding="utf-8")
    print(f"{page}: {'the restored system is the one that was backed up' if not proof.wrong else 'NOT PROVED'}")
    sys.exit(1 if proof.wrong else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.faults.restore", description=__doc__)
    parser.add_argument("--seconds", type=float, default=BEFORE_SECONDS)
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    _main(chosen.seconds, chosen.page)
