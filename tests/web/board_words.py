"""The words of a page of the board, as a person reads them."""

import html
import re

import httpx

_NOT_READ = re.compile(r"<head>.*?</head>|<select.*?</select>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]+>")


def plain(markup: str) -> str:
    """Return markup without its tags, entities resolved, white space folded."""
    return " ".join(html.unescape(_MARKUP.sub(" ", markup)).split())


def words(page: httpx.Response) -> str:
    """All words of a page but those of its lists to choose from."""
    return plain(_NOT_READ.sub(" ", page.text))
