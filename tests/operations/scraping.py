"""What a running installation tells of itself at ``/metrics``, as Prometheus would read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from local.addresses import SERVICES
from tests.web.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric: its name as it stands in a query, its type, and the labels that were seen on it."""

    name: str
    type: str
    labels: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scraped:
    """``samples`` by service; ``families`` of all of them together."""

    families: Mapping[str, Family]
    samples: Mapping[str, tuple[Sample, ...]]

    def names(self) -> frozenset[str]:
        """Return every name that a query may hold: those of the samples, and of what has none just now."""
        told = {sample.name for some in self.samples.values() for sample in some}
        return frozenset(told | set(self.families))


async def scrape(site: Site) -> Scraped:
    """Ask every service of the site."""
    async with httpx.AsyncClient(timeout=30, trust_env=False, verify=False) as http:
        texts = {name: (await http.get(f"{site.ports.url(name)}/metrics")).text for name in SERVICES}
    return read(texts)


def read(texts: Mapping[str, str]) -> Scraped:
    """Read the answers of these services."""
    families: dict[str, Family] = {}
    samples: dict[str, tuple[Sample, ...]] = {}
    for service, text in texts.items():
        found: list[Sample] = []
        for family, some in _families(text):
            known = families.get(family.name, family)
            assert known.type == family.type, f"{family.name} is a {known.type} and a {family.type}"
            families[family.name] = Family(name=family.name, type=family.type, labels=known.labels | family.labels)
            found += some
        samples[service] = tuple(found)
    return Scraped(families=families, samples=samples)


def _families(text: str) -> Iterator[tuple[Family, list[Sample]]]:
    for family in text_string_to_metric_families(text):
        # The parser takes the ending of a counter's name away, which every query has.
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = frozenset(label for sample in family.samples for label in sample.labels) - {"le"}
        yield Family(name=name, type=family.type, labels=labels), list(family.samples)
