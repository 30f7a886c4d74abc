"""A database that makes the object of each of its collections once."""

from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]


class Database(AsyncDatabase[Document]):
    """PyMongo's database makes a collection anew whenever it is named, which is a tenth of what a write costs us.

    Collections hold no state but their options, so one object serves everybody.
    """

    def __init__(self, client: AsyncMongoClient[Document], name: str, *, write_concern: WriteConcern) -> None:
        super().__init__(client, name, write_concern=write_concern)
        self._collections: dict[str, AsyncCollection[Document]] = {}

    def __getitem__(self, name: str) -> AsyncCollection[Document]:
        known = self._collections.get(name)
        if known is None:
            known = self._collections[name] = super().__getitem__(name)
        return known
