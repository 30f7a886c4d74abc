"""PyMongo's async client, made to find the primary where it found it before.

For every statement PyMongo 4.20 asks the description of the servers which of them will do, under a lock and through
seven calls: a tenth of what a statement costs us. A description never changes; each news of a server makes another.
Here the primary that was chosen is remembered with the description that it was chosen from, and holds for that alone.
What is asked of any other server, or under a time limit, goes PyMongo's way.

Other versions of PyMongo are left as they are.
"""

# ruff: noqa: SLF001 - it stands in the place of a method of PyMongo's own

from collections.abc import Callable
from typing import Any, Final

import pymongo
from pymongo import AsyncMongoClient, _csot
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.server import Server
from pymongo.read_preferences import Primary
from pymongo.server_selectors import Selection, writable_server_selector
from pymongo.server_type import SERVER_TYPE
from pymongo.topology_description import TOPOLOGY_TYPE, TopologyDescription

KNOWN: Final = (4, 20)  # the version that this was written beside
# The latter where one server was asked for by itself (directConnection); it may be the primary as well.
_WITH_PRIMARY: Final = (TOPOLOGY_TYPE.ReplicaSetWithPrimary, TOPOLOGY_TYPE.Single)


class PrimaryClient(AsyncMongoClient[dict[str, Any]]):
    """Remembers the primary until there is news of the servers."""

    _chosen: tuple[TopologyDescription, Server] | None = None  # from which description, which server

    async def _select_server(
        self,
        server_selector: Callable[[Selection], Selection],
        session: AsyncClientSession | None,
        operation: str,
        address: tuple[str, int | None] | None = None,
        deprioritized_servers: list[Server] | None = None,
        operation_id: int | None = None,
    ) -> Server:
        for_primary = server_selector is writable_server_selector or type(server_selector) is Primary
        plain = for_primary and not (address or deprioritized_servers or _csot.get_timeout())
        plain = plain and not (session and session._pinned_address)
        if plain and self._chosen and self._topology and self._chosen[0] is self._topology.description:
            if session and not session.in_transaction:
                await session._transaction.reset()
            return self._chosen[1]
        server = await super()._select_server(
            server_selector, session, operation, address, deprioritized_servers, operation_id
        )
        if plain:
            self._remember(server)
        return server

    def _remember(self, server: Server) -> None:
        description = self._topology.description if self._topology else None
        known = server.description
        if (
            description
            and description.topology_type in _WITH_PRIMARY
            and known.server_type == SERVER_TYPE.RSPrimary
            and description.server_descriptions().get(known.address) is known
        ):
            self._chosen = (description, server)


def client_class() -> type[AsyncMongoClient[dict[str, Any]]]:
    """Return the client to make."""
    return PrimaryClient if pymongo.version_tuple[:2] == KNOWN else AsyncMongoClient
