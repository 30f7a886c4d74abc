"""What the collections have in common: entering rows once, and facts as they lie in the database."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from services.notifications.domain.facts import Comment, Facts

Document = dict[str, Any]
Session = AsyncClientSession | None

_FACTS = tuple(field.name for field in fields(Facts))


async def enter(rows: AsyncCollection[Document], documents: Mapping[str, Document], session: Session) -> frozenset[str]:
    """Insert documents by their ``_id``; those that are there already stay as they are. Returns who was not."""
    if len(documents) == 1:  # the usual case, at half the cost of a batch
        ((key, document),) = documents.items()
        one = await rows.update_one({"_id": key}, {"$setOnInsert": document}, upsert=True, session=session)
        return frozenset() if one.upserted_id is None else frozenset({key})
    if documents:
        inserts = [UpdateOne({"_id": key}, {"$setOnInsert": one}, upsert=True) for key, one in documents.items()]
        many = await rows.bulk_write(inserts, ordered=False, session=session)
        return frozenset((many.upserted_ids or {}).values())
    return frozenset()


def facts_document(facts: Facts) -> Document:
    """Return what is worth keeping of the facts."""
    kept = {name: value for name in _FACTS if (value := getattr(facts, name)) not in (None, (), {})}
    if facts.titles:
        # A list, because a language tag as a key could hold what the database reads as a path.
        kept["titles"] = [[language, title] for language, title in facts.titles.items()]
    if facts.comments:
        kept["comments"] = [{"severity": comment.severity, "text": comment.text} for comment in facts.comments]
    if facts.remarks:
        kept["remarks"] = list(facts.remarks)
    return kept


def facts_of(document: Document) -> Facts:
    """Return the facts of a document that ``facts_document`` made."""
    known = {name: value for name, value in document.items() if name in _FACTS}
    known["titles"] = dict(known.get("titles", ()))
    known["comments"] = tuple(Comment(**comment) for comment in known.get("comments", ()))
    known["remarks"] = tuple(known.get("remarks", ()))
    return Facts(**known)
