"""The documentation as pages, with anchors that its own links lead to, and with the addresses that are this system's.

The Markdown names those of the demo; whoever reads it here is told where they are.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.syndication.docs.addresses import DEMO, Addresses
from shared.contribution import docs as record
from shared.events import public_page
from shared.events.catalogue import versioning_page

STYLE: Final = "style.css"
_HARVESTING: Final = Path(__file__).with_name("harvesting.md")
_EXAMPLES: Final = Path(__file__).with_name("examples.md")
_PAGES: Final[Mapping[str, tuple[str, Callable[[Addresses], str]]]] = {
    "events": ("Public events", lambda at: public_page.page(at.hosts)),
    "harvesting": ("Feeds, harvesting and exports", lambda _: _HARVESTING.read_text("utf-8")),
    "examples": ("Examples", lambda _: _EXAMPLES.read_text("utf-8")),
    "versioning": ("How public events change", lambda _: versioning_page()),
    "record": ("The record", lambda _: record.page()),
}
NAMES: Final = tuple(_PAGES)
# Where the files that the Markdown links to are served; what leads elsewhere in the project is shown as text.
_LINKS: Final = {
    "asyncapi.json": "/asyncapi.json",
    "public.md": "/docs/events",
    "versioning.md": "/docs/versioning",
    "../record.md": "/docs/record",
    "harvesting.md": "/docs/harvesting",
    "examples.md": "/docs/examples",
    "../../services/syndication/docs/examples.md": "/docs/examples",
    "../../services/syndication/docs/harvesting.md": "/docs/harvesting",
    "../../../docs/events/public.md": "/docs/events",
}
_NOT_IN_AN_ANCHOR: Final = re.compile(r"[^\w\- ]")


@cache
def page(name: str, at: Addresses) -> str:
    """Return a page as HTML, with the addresses of this system; raises KeyError where there is none of that name."""
    title, text = _PAGES[name]
    links = "".join(
        f'<li><a href="/docs/{one}"{" aria-current=page" if one == name else ""}>{escape(words)}</a></li>'
        for one, (words, _) in _PAGES.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · Practice Exchange</title><link rel="stylesheet" href="/docs/{STYLE}"></head>'
        f'<body><nav aria-label="Documentation"><ul>{links}<li><a href="/asyncapi.json">AsyncAPI</a></li></ul></nav>'
        f"<main>{_rendered(_here(text(at), at))}</main></body></html>"
    )


def _here(text: str, at: Addresses) -> str:
    text = text.replace(DEMO.own, at.own).replace(DEMO.web, at.web)
    return text.replace(DEMO.nats, at.nats) if DEMO.nats and at.nats else text


def _rendered(text: str) -> str:
    # Our own text, which has a little HTML of its own.
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = markdown.parse(text)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(tokens[number + 1]))
        if token.type == "inline" and token.children:
            token.children = _served(token.children)
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    # Wide ones scroll by themselves, and with the keyboard.
    html = html.replace("<table>", '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>')
    html = html.replace("<pre>", '<pre tabindex="0">')
    return html.replace("</table>", "</table></div>")


def _anchor(heading: Token) -> str:
    """Return the anchor that GitHub gives a heading, which the links in the text count on."""
    words = "".join(child.content for child in heading.children or ())
    return _NOT_IN_AN_ANCHOR.sub("", words.strip().lower()).replace(" ", "-")


def _served(tokens: list[Token]) -> list[Token]:
    """Lead links to where their files are served; take those away that lead nowhere here."""
    kept: list[Token] = []
    dropping = False
    for token in tokens:
        if token.type == "link_open":
            address = _address(str(token.attrGet("href")))
            dropping = address is None
            if address is not None:
                token.attrSet("href", address)
        if not (dropping and token.type in ("link_open", "link_close")):
            kept.append(token)
        if token.type == "link_close":
            dropping = False
    return kept


def _address(link: str) -> str | None:
    path, hash_, anchor = link.partition("#")
    if link.startswith(("https://", "#")):
        return link
    if path.startswith("schemas/"):
        return f"/{path}"
    return f"{_LINKS[path]}{hash_}{anchor}" if path in _LINKS else None
