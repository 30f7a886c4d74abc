"""Faults of the network between any two: it resets, swallows, forgets or crawls.

Mostly the dice choose one of those who call a server, or all of them.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager

from tests.faults.fault import Act, Fault
from tests.faults.network import CLIENTS, MAIL, Network
from tests.faults.proxy import Proxy, Way
from tests.system import SERVICES, System

Trouble = Callable[[Proxy], AbstractContextManager[None]]
_ALL = "all"


def faults(network: Network) -> tuple[Fault, ...]:
    """Return them for both servers; the ways that matter less share one fault."""
    found: list[Fault] = []
    for server in ("mongod", "nats"):
        found += [
            Fault(name=f"network to {server} {kind}", act=_between(network, server, kind), longest=longest)
            for kind, longest in (("cut", 4.0), ("black hole", 8.0), ("forgotten", 4.0), ("slow", 8.0))
        ]
    found += [
        Fault(name="network from clients bad", act=_on_a_way(network, [(CLIENTS, one) for one in SERVICES]), longest=4),
        Fault(name="network to the mail relay bad", act=_on_a_way(network, [("notifications", MAIL)]), longest=8),
        Fault(name="network from search to submissions bad", act=_on_a_way(network, [("search", "submissions")])),
    ]
    return tuple(found)


def _between(network: Network, server: str, kind: str) -> Act:
    @asynccontextmanager
    async def act(_: System, dice: random.Random) -> AsyncIterator[str]:
        ways = network.ways_to(server)
        caller = dice.choice([*sorted(ways), _ALL])
        words, trouble = _trouble(kind, dice)
        with ExitStack() as stack:
            for name, proxy in ways.items():
                if caller in (name, _ALL):
                    stack.enter_context(trouble(proxy))
            yield f"from {caller}{words}"

    return act


def _on_a_way(network: Network, ways: list[tuple[str, str]]) -> Act:
    @asynccontextmanager
    async def act(_: System, dice: random.Random) -> AsyncIterator[str]:
        caller, server = dice.choice(ways)
        kind = dice.choice(["cut", "black hole", "forgotten", "slow"])
        words, trouble = _trouble(kind, dice)
        with trouble(network.proxies[caller, server]):
            yield f"{caller} to {server}, {kind}{words}"

    return act


def _trouble(kind: str, dice: random.Random) -> tuple[str, Trouble]:
    """Return what the dice chose in words, and how it is made."""
    ways = dice.choice([{Way.THERE}, {Way.BACK}, set(Way)])
    direction = ", both ways" if len(ways) > 1 else f", {next(iter(ways))}"
    match kind:
        case "cut":
            return "", lambda proxy: proxy.cut()
        case "black hole":
            return direction, lambda proxy: proxy.black_hole(ways)
        case "forgotten":
            return "", lambda proxy: proxy.black_hole(forgets=True)
        case _:
            latency, rate = dice.uniform(0.1, 0.5), dice.choice([16_000, 64_000, 256_000])
            words = f"{direction}, {latency * 1000:.0f} ms, {rate / 1000:.0f} kB/s"
            return words, lambda proxy: proxy.slow(ways, latency=latency, bytes_per_second=rate)
