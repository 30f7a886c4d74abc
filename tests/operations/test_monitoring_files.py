"""The alerts and the dashboard: queries that can be read, over metrics that are there, with a way to what to do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml

from tests.operations.promql import names_in
from tests.operations.scraping import Scraped

pytestmark = pytest.mark.asyncio(loop_scope="package")

MONITORING = Path("deploy/monitoring")
GUIDE = Path("docs/operations/guide.md")
PROMETHEUS_ITSELF = {"up"}


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m")


async def test_every_metric_of_an_alert_or_a_panel_is_told(scraped: Scraped) -> None:
    there = scraped.names() | PROMETHEUS_ITSELF
    missing = {(where, name) for where, query in queries() for name in names_in(query) if _series(name, there) is None}
    assert missing == set()


def _series(name: str, there: frozenset[str] | set[str]) -> str | None:
    """A histogram that nothing was observed in yet tells its name alone."""
    return next((one for one in (name, re.sub(r"_(bucket|count|sum)$", "", name)) if one in there), None)


async def test_every_label_of_a_query_is_one_that_the_metric_has(scraped: Scraped) -> None:
    added = {"job", "instance", "service", "le"}  # by Prometheus, as prometheus.yml says
    for where, query in queries():
        for name, label in re.findall(r"(\w+)\{(\w+)", query):
            family = scraped.families.get(_series(name, set(scraped.families)) or "")
            assert label in added or (family and (label in family.labels or not family.labels)), f"{where}: {label}"


async def test_every_panel_and_every_metric_of_ours_is_somewhere(scraped: Scraped) -> None:
    """What nobody looks at is not worth telling: each metric is in an alert or on the dashboard, or says why not."""
    seen = {re.sub(r"_(bucket|count|sum)$", "", name) for _, query in queries() for name in names_in(query)}
    asides = {
        "practice_exchange_relay_published_total",  # beside relay_failed_total, for a person who looks
        "practice_exchange_relay_refilled_total",  # mended by itself as well
        "practice_exchange_durable_made_again_total",  # mended by itself; the log tells it
        "practice_exchange_mail_doubts_total",  # mails_unknown tells what is left of them
        "practice_exchange_search_unreadable",  # dead_letters tells them
        "practice_exchange_webhook_attempt_duration_seconds",  # receivers' own affair, unless one asks
        "practice_exchange_webhook_lanes",
        "practice_exchange_spans_lost_total",  # nobody's work suffers
    }
    ours = {name for name in scraped.families if name.startswith("practice_exchange_")}
    assert ours - seen == asides


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


async def test_alerts_are_complete_and_lead_to_the_guide() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) > 20
    anchors = anchors_of(GUIDE)
    for rule in rules():
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}, rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert (page, anchor in anchors) == (str(GUIDE), True), rule["annotations"]["runbook_url"]
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"\d+[mh]", rule["for"])
        assert isinstance(promql.parse(rule["expr"]), promql.BinaryExpr), "an alert compares"


async def test_the_dashboard_can_be_loaded() -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    for panel in panels():
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs) > 0
    (source,) = dashboard["templating"]["list"]
    assert source["type"] == "datasource"
