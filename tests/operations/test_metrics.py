"""The page of the metrics says what a running installation tells, no more and no less."""

import re
from pathlib import Path

import pytest

from tests.operations.scraping import Family, Scraped

pytestmark = pytest.mark.asyncio(loop_scope="package")

PAGE = Path("docs/operations/metrics.md")
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|([^|]*)\| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, Family]:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    found = {
        name: Family(name=name, type=kind, labels=frozenset(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels, _ in rows
    }
    assert len(found) == len(rows), "a metric stands there twice"
    return found


async def test_every_metric_is_documented_and_every_documented_one_is_there(scraped: Scraped) -> None:
    page = documented()
    assert set(scraped.families) - set(page) == set(), "not on the page"
    assert set(page) - set(scraped.families) == set(), "on the page only"
    assert {name: one.type for name, one in page.items()} == {name: one.type for name, one in scraped.families.items()}
    for name, family in scraped.families.items():
        assert family.labels <= page[name].labels, name


async def test_labels_are_bounded_and_hold_nothing_of_anybody(scraped: Scraped) -> None:
    """No ids, no addresses, no words of people: what stands there was written by us."""
    values = {
        value
        for some in scraped.samples.values()
        for sample in some
        for label, value in sample.labels.items()
        if label != "le"
    }
    odd = {value for value in values if not re.fullmatch(r"[a-zA-Z0-9_./{}:-]{1,90}", value)}
    assert odd == set()
    assert not {value for value in values if re.search(r"[0-9a-f]{12}|@", value)}


async def test_names_follow_the_conventions_of_prometheus(scraped: Scraped) -> None:
    for family in scraped.families.values():
        if family.type == "counter":
            assert family.name.endswith("_total"), family.name
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name
        assert not re.search(r"_(milliseconds|ms|minutes|hours|days|kb|mb)(_|$)", family.name), family.name
