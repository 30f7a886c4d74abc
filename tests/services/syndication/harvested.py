"""Answers of OAI-PMH, held against the schemas of the protocol and of the formats."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
from lxml import etree

from services.syndication.oai.dublin_core import OAI_DC
from services.syndication.oai.mods import MODS
from services.syndication.oai.repository import OAI, OAI_IDENTIFIER
from services.syndication.xml import Element

O: Final = f"{{{OAI}}}"  # noqa: E741 - the usual prefix
_SCHEMAS: Final = Path(__file__).parent / "schemas"
# The OAI schema wants what stands in <metadata> to be valid by its own schema: one schema that has them all.
_ALL: Final = f"""<schema xmlns="http://www.w3.org/2001/XMLSchema">
  <import namespace="{OAI}" schemaLocation="OAI-PMH.xsd"/>
  <import namespace="{OAI_DC}" schemaLocation="oai_dc.xsd"/>
  <import namespace="{MODS}" schemaLocation="mods-3-4.xsd"/>
</schema>"""


class _Local(etree.Resolver):
    """Gives schemas by their file's name, wherever on the web they say they are."""

    def resolve(self, *asked: Any) -> Any:
        address, _, context = asked
        return self.resolve_filename(str(_SCHEMAS / address.rpartition("/")[2]), context)  # type: ignore[attr-defined]


@cache
def schema() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    return etree.XMLSchema(etree.fromstring(_ALL, parser, base_url=str(_SCHEMAS / "all.xsd")))


def checked(answer: httpx.Response) -> Element:
    """Return the document of an answer; fails unless it is valid."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/xml")
    root = etree.fromstring(answer.content)
    whole = etree.fromstring(answer.content)
    for description in list(whole.iter(f"{O}description")):
        # Its schema is at hand nowhere but on the web; it is four elements, which the test of Identify looks at.
        assert description[0].tag == f"{{{OAI_IDENTIFIER}}}oai-identifier"
        parent = description.getparent()
        assert parent is not None
        parent.remove(description)
    schema().assertValid(whole)
    return root


def codes(root: Element) -> list[str | None]:
    return [error.get("code") for error in root.iter(f"{O}error")]


def token(root: Element) -> str:
    """Return the resumption token; empty at the end of a list."""
    return next((one.text or "" for one in root.iter(f"{O}resumptionToken")), "")


def ids(root: Element) -> list[str]:
    """Return the ids of the records, those that are deleted with a minus before."""
    return [
        ("-" if header.get("status") == "deleted" else "") + header.findtext(f"{O}identifier", "").rpartition(":")[2]
        for header in root.iter(f"{O}header")
    ]
