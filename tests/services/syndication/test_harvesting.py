"""Harvesting as others do it: with their programs, while things change, and again and again."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import BadResumptionToken, NoRecordsMatch

from services.syndication.oai.datestamps import SETTLED
from services.syndication.oai.mods import MODS
from services.syndication.oai.protocol import Verb
from shared.events.practices import Agreement, JointActionAgreed
from tests.access_table import client_of
from tests.services.syndication.harvested import O, checked, codes, ids, schema, token
from tests.services.syndication.outlets import Outlets, served
from tests.services.syndication.saying import NOW
from tests.thoroughness import examples_of

HARVESTER = Path(__file__).parents[3] / "examples" / "harvest.py"


async def settle(out: Outlets) -> None:
    out.clock.on(seconds=SETTLED.total_seconds() + 1)


async def by_scythe(url: str, act: Callable[[Scythe], Any]) -> Any:
    def harvested() -> Any:
        with Scythe(f"{url}/oai") as scythe:
            return act(scythe)

    return await asyncio.to_thread(harvested)


def all_records(prefix: str, scythe: Scythe) -> list[Any]:
    return list(scythe.list_records(metadata_prefix=prefix))


async def test_a_harvester_of_others_takes_everything(out: Outlets) -> None:
    for number in range(7):
        await out.publish(f"p{number}")
    await out.take_down("p2")
    await settle(out)
    async with served(out.app) as url:
        for prefix in ("oai_dc", "mods"):
            records = await by_scythe(url, partial(all_records, prefix))
            found = {record.header.identifier.rpartition(":")[2]: record.header.deleted for record in records}
            assert found == {f"p{number}": number == 2 for number in range(7)}
        headers = await by_scythe(url, lambda s: list(s.list_identifiers(metadata_prefix="oai_dc", set_="country:FI")))
        assert len(headers) == 7
        one = await by_scythe(
            url, lambda s: s.get_record(identifier="oai:practice-exchange.eu:p1", metadata_prefix="oai_dc")
        )
        assert one.get_metadata()["title"] == ["Shadow weeks"]
        assert (await by_scythe(url, lambda s: s.identify())).repositoryName == "Practice Exchange"
        assert "country:FI" in [one.setSpec for one in await by_scythe(url, lambda s: list(s.list_sets()))]
        formats = await by_scythe(url, lambda s: list(s.list_metadata_formats()))
        assert [one.metadataPrefix for one in formats] == ["oai_dc", "mods"]
        kept = await by_scythe(url, lambda s: list(s.list_records(metadata_prefix="oai_dc", ignore_deleted=True)))
        assert len(kept) == 6
        with pytest.raises(NoRecordsMatch):
            await by_scythe(url, lambda s: list(s.list_records(metadata_prefix="oai_dc", from_="2030-01-01")))
        with pytest.raises(BadResumptionToken):
            await by_scythe(url, lambda s: list(s.list_records(resumption_token="abc")))


async def test_a_harvester_of_others_reads_who_agreed_to_what_and_when(out: Outlets) -> None:
    await out.publish("p1", kind="joint_action")
    agreement = Agreement(
        agreed_on=NOW.date(), parties=("A body", "Turku & Co"), text={"en": "A <pilot>.", "fr": "Un pilote."}
    )
    agreed = out.public["p1"].model_copy(update={"agreement": agreement})
    await out.say(JointActionAgreed(practice=agreed), "p1")
    await settle(out)
    words = "Agreed on 2026-03-09 by A body; Turku & Co"
    async with served(out.app) as url:
        (core,) = await by_scythe(url, partial(all_records, "oai_dc"))
        (rich,) = await by_scythe(url, partial(all_records, "mods"))
    assert core.get_metadata()["description"] == ["Teachers follow each other.", words, "A <pilot>.", "Un pilote."]
    told = etree.fromstring(etree.tostring(rich.xml))
    mods = {"m": MODS}
    assert told.xpath("//m:note[@type='agreement']/text()", namespaces=mods) == [words, "A <pilot>.", "Un pilote."]
    assert told.xpath("//m:originInfo/m:dateOther[@type='agreed']/text()", namespaces=mods) == ["2026-03-09"]
    for prefix in ("oai_dc", "mods"):
        await page(out, metadataPrefix=prefix)  # which holds it against the schemas


async def page(out: Outlets, **query: str) -> etree._Element:
    return checked(await out.client.get("/oai", params={"verb": "ListRecords"} | query))


async def test_what_changes_in_the_middle_of_a_harvest_is_not_missed(out: Outlets) -> None:
    for number in range(7):
        await out.publish(f"p{number}")
    await settle(out)
    root = await page(out, metadataPrefix="oai_dc")
    assert ids(root) == ["p0", "p1", "p2"]
    await out.publish("p0", countries=["PT"])  # given already
    await out.take_down("p4")  # still to come
    await out.publish("p7")  # new
    root = await page(out, resumptionToken=token(root))
    assert ids(root) == ["p3", "p5", "p6"]
    assert token(root) == ""
    await settle(out)
    again = await page(out, metadataPrefix="oai_dc", **{"from": root.findtext(f"{O}responseDate", "")})
    assert ids(again) == ["p0", "-p4", "p7"]


async def test_a_list_whose_rest_has_changed_ends_as_a_list(out: Outlets) -> None:
    for number in range(4):
        await out.publish(f"p{number}")
    await settle(out)
    root = await page(out, metadataPrefix="oai_dc")
    await out.publish("p3", countries=["PT"])
    end = await page(out, resumptionToken=token(root))
    assert (codes(end), ids(end), token(end)) == ([], ["p2"], "")


@dataclass(slots=True, kw_only=True)
class Copy:
    """A harvester's copy; it goes on from the responseDate of its last harvest, or from the last datestamp it saw."""

    by_response: bool
    since: str = ""
    records: dict[str, bool] = field(default_factory=dict)

    async def harvest(self, out: Outlets, between: Callable[[], Awaitable[None]]) -> None:
        root = await page(out, metadataPrefix="oai_dc", **({"from": self.since} if self.since else {}))
        answered = root.findtext(f"{O}responseDate", "")
        while not codes(root):
            for header in root.iter(f"{O}header"):
                practice_id = header.findtext(f"{O}identifier", "").rpartition(":")[2]
                self.records[practice_id] = header.get("status") != "deleted"
                if not self.by_response:
                    self.since = max(self.since, header.findtext(f"{O}datestamp", ""))
            if not token(root):
                break
            await between()
            root = await page(out, resumptionToken=token(root))
        if self.by_response:
            self.since = answered


async def test_whatever_changes_at_whatever_moment_a_copy_comes_to_be_the_same(out: Outlets) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201
    chance = random.Random(seed)
    copies = [Copy(by_response=True), Copy(by_response=False)]

    async def change() -> None:
        out.clock.on(milliseconds=chance.choice([0, 1, 400, 700, 1000, 30_000]))
        name = f"p{chance.randrange(12)}"
        if name in out.public and chance.random() < 0.3:
            await out.take_down(name)
        else:
            await out.publish(name, countries=[chance.choice(["FI", "PT"])])

    async def perhaps() -> None:
        if chance.random() < 0.5:
            await change()

    async def nothing() -> None:
        pass

    for _ in range(25):
        for _ in range(chance.randrange(4)):
            await change()
        for copy in copies:
            await copy.harvest(out, perhaps)
    await settle(out)
    truth = {name: name in out.public for name in out.counts}
    for copy in copies:
        await copy.harvest(out, nothing)
        assert copy.records == truth


async def test_a_list_that_ends_with_a_record_given_again_goes_past_nothing(out: Outlets) -> None:
    for number in range(4):
        await out.publish(f"p{number}")
    await settle(out)
    root = await page(out, metadataPrefix="oai_dc")
    out.clock.on(seconds=10)
    await out.publish("p3", countries=["PT"])
    out.clock.on(seconds=10)
    await out.publish("p2", countries=["PT"])
    end = await page(out, resumptionToken=token(root))
    assert ids(end) == ["p2"]
    await settle(out)
    again = await page(out, metadataPrefix="oai_dc", **{"from": end.findtext(f".//{O}datestamp", "")})
    assert {"p2", "p3"} <= set(ids(again)) | set(ids(await page(out, resumptionToken=token(again))))


async def run(url: str, database: Path, *more: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HARVESTER),
        url,
        str(database),
        *more,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, wrong = await process.communicate()
    return process.returncode or 0, told.decode().strip(), wrong.decode().strip()


def kept(database: Path) -> dict[str, bool]:
    connection = sqlite3.connect(database)
    rows = connection.execute("SELECT id, deleted, metadata FROM records").fetchall()
    connection.close()
    assert all(bool(deleted) is not bool(metadata) for _, deleted, metadata in rows)
    return {name.rpartition(":")[2]: bool(deleted) for name, deleted, _ in rows}


async def test_the_example_keeps_a_copy_up_to_date(out: Outlets, tmp_path: Path) -> None:
    database = tmp_path / "records.db"
    async with served(out.app) as url:
        base = f"{url}/oai"
        assert await run(base, database) == (0, "0 changed, 0 in all", "")
        for number in range(7):
            out.clock.on(seconds=1)
            await out.publish(f"p{number}")
        await settle(out)
        assert await run(base, database, "--prefix", "mods") == (0, "7 changed, 7 in all", "")
        out.clock.on(hours=1)
        await out.take_down("p1")
        await out.publish("p2", countries=["PT"])
        await out.publish("new")
        await settle(out)
        # The last one of before comes again, since from is inclusive.
        assert await run(base, database, "--prefix", "mods") == (0, "4 changed, 7 in all", "")
        assert kept(database) == {"p1": True, "new": False} | {f"p{n}": False for n in (0, 2, 3, 4, 5, 6)}
        status, _, wrong = await run(base, database, "--prefix", "marc21")
        assert (status, wrong) == (
            1,
            f"{base}: cannotDisseminateFormat: There is no such format; there are: oai_dc, mods.",
        )
        assert (await run(f"{url}/none", database))[0] == 1
        one_set = tmp_path / "set.db"
        assert await run(base, one_set, "--set", "country:PT") == (0, "1 changed, 1 in all", "")


def test_the_schemas_refuse_what_is_wrong() -> None:
    empty = etree.fromstring(b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"/>')
    assert not schema().validate(empty)


ARGUMENTS = ("metadataPrefix", "from", "until", "set", "identifier", "resumptionToken", "x")
VALUES = st.one_of(
    st.sampled_from(["oai_dc", "mods", "2026-03-09", "2026-03-09T14:01:05Z", "kind:practice", "oai:a.b:c", ""]),
    st.text(max_size=30),
)


async def test_strange_requests_are_answered_by_valid_documents(out: Outlets) -> None:
    await out.publish("p1")
    await settle(out)
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=examples_of(60),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        verb=st.one_of(st.sampled_from([*Verb]), st.text(max_size=10)),
        arguments=st.dictionaries(st.sampled_from(ARGUMENTS), VALUES, max_size=4),
    )
    def ask(verb: str, arguments: dict[str, str]) -> None:
        sent = {name: value.encode("utf-8", "surrogatepass") for name, value in {"verb": verb, **arguments}.items()}

        async def call() -> None:
            async with client_of(out.app) as client:
                checked(await client.get(f"/oai?{urlencode(sent)}"))

        asyncio.run_coroutine_threadsafe(call(), loop).result(30)

    await asyncio.to_thread(ask)
