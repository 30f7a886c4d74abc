"""A format of metadata that records are given in."""

from collections.abc import Callable
from dataclasses import dataclass

from services.syndication.xml import Element
from shared.events.practices import PublicPractice


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """``prefix`` is what harvesters ask for; ``schema`` and ``namespace`` are the addresses that tell what it is."""

    prefix: str
    schema: str
    namespace: str
    write: Callable[[PublicPractice], Element]
