"""The repository: what each verb answers with, as XML elements."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.syndication.domain.known import Known
from services.syndication.oai import dublin_core, mods
from services.syndication.oai.datestamps import changed_after, changed_until, datestamp, interval, written
from services.syndication.oai.formats import Format
from services.syndication.oai.protocol import Asked, Code, OaiError, Verb
from services.syndication.oai.sets import criteria, listed, specs_of
from services.syndication.oai.tokens import Progress, Tokens
from services.syndication.store.shelf import Place, Shelf
from services.syndication.xml import XSI, Element, add, begin
from shared.clock import Clock

OAI: Final = "http://www.openarchives.org/OAI/2.0/"
OAI_IDENTIFIER: Final = "http://www.openarchives.org/OAI/2.0/oai-identifier"
_O: Final = f"{{{OAI}}}"
_I: Final = f"{{{OAI_IDENTIFIER}}}"
_FORMATS: Final = {one.prefix: one for one in (dublin_core.FORMAT, mods.FORMAT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What ``Identify`` tells. ``domain`` stands in every identifier and may never change."""

    name: str
    base_url: str
    domain: str
    admin_email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many a page holds."""

    records: int = 100
    headers: int = 500


class Repository:
    """Answers verbs; raises OaiError."""

    def __init__(self, shelf: Shelf, tokens: Tokens, about: About, clock: Clock, sizes: Sizes) -> None:
        self._shelf = shelf
        self._tokens = tokens
        self._about = about
        self._clock = clock
        self._sizes = sizes

    async def answer(self, asked: Asked) -> Element:
        """Return the element that is named like the verb."""
        root = begin(OAI, asked.verb.value)
        match asked.verb:
            case Verb.IDENTIFY:
                await self._identify(root)
            case Verb.LIST_METADATA_FORMATS:
                await self._formats(root, asked)
            case Verb.LIST_SETS:
                await self._sets(root, asked)
            case Verb.GET_RECORD:
                await self._record(root, asked)
            case Verb.LIST_IDENTIFIERS | Verb.LIST_RECORDS:
                await self._list(root, asked)
        return root

    async def _identify(self, root: Element) -> None:
        about = self._about
        first = await self._shelf.first_change()
        earliest = datestamp(first) if first else self._clock()
        add(root, f"{_O}repositoryName", about.name)
        add(root, f"{_O}baseURL", about.base_url)
        add(root, f"{_O}protocolVersion", "2.0")
        add(root, f"{_O}adminEmail", about.admin_email)
        add(root, f"{_O}earliestDatestamp", written(earliest))
        add(root, f"{_O}deletedRecord", "persistent")
        add(root, f"{_O}granularity", "YYYY-MM-DDThh:mm:ssZ")
        add(root, f"{_O}compression", "gzip")
        description = add(root, f"{_O}description")
        scheme = begin(OAI_IDENTIFIER, "oai-identifier")
        scheme.set(f"{{{XSI}}}schemaLocation", f"{OAI_IDENTIFIER} {OAI_IDENTIFIER}.xsd")
        add(scheme, f"{_I}scheme", "oai")
        add(scheme, f"{_I}repositoryIdentifier", about.domain)
        add(scheme, f"{_I}delimiter", ":")
        add(scheme, f"{_I}sampleIdentifier", self._identifier("0199f0a2-7c1e-7b3a-9d55-1f6a5d0c2b11"))
        description.append(scheme)

    async def _formats(self, root: Element, asked: Asked) -> None:
        if (identifier := asked.get("identifier")) is not None:
            await self._known(identifier)
        for one in _FORMATS.values():
            row = add(root, f"{_O}metadataFormat")
            add(row, f"{_O}metadataPrefix", one.prefix)
            add(row, f"{_O}schema", one.schema)
            add(row, f"{_O}metadataNamespace", one.namespace)

    async def _sets(self, root: Element, asked: Asked) -> None:
        if asked.get("resumptionToken") is not None:
            raise OaiError(Code.BAD_RESUMPTION_TOKEN, "ListSets gives all sets at once and no tokens.")
        sets = list(listed(await self._shelf.codes())) or [("kind", "By kind")]
        for spec, name in sets:
            row = add(root, f"{_O}set")
            add(row, f"{_O}setSpec", spec)
            add(row, f"{_O}setName", name)

    async def _record(self, root: Element, asked: Asked) -> None:
        shape = _format(asked.get("metadataPrefix"))
        self._write(root, await self._known(asked.get("identifier") or ""), shape)

    async def _list(self, root: Element, asked: Asked) -> None:
        now = self._clock().replace(microsecond=0)
        begun = await self._begun(asked, now)
        since, until = interval(begun.since, begun.until)
        query = criteria(begun.set) if begun.set else {}
        after = changed_after(since) if since else None
        last = changed_until(min(until or now, now))
        shape = _format(begun.prefix)
        with_metadata = asked.verb is Verb.LIST_RECORDS
        size = self._sizes.records if with_metadata else self._sizes.headers
        going_on = begun.last.id != ""
        found = await self._shelf.oldest(
            query, since=after, until=last, after=begun.last if going_on else None, limit=size + 1
        )
        if not found and not going_on:
            raise OaiError(Code.NO_RECORDS, "Nothing changed in this time and set.")
        page = found[:size] or await self._again(begun.last)
        for known in page:
            if with_metadata:
                self._write(root, known, shape)
            else:
                self._header(root, known)
        total = begun.total if going_on else await self._shelf.count(query, since=after, until=last)
        await self._resume(root, begun, page, more=len(found) > size, total=total, now=now)

    async def _begun(self, asked: Asked, now: datetime) -> Progress:
        token = asked.get("resumptionToken")
        if token is not None:
            return await self._tokens.read(token, asked.verb, now)
        return Progress(
            verb=asked.verb,
            prefix=asked.get("metadataPrefix") or "",
            set=asked.get("set"),
            since=asked.get("from"),
            until=asked.get("until"),
            last=Place(changed_at=now, id=""),
            given=0,
            total=0,
        )

    async def _again(self, last: Place) -> Sequence[Known]:
        """Give the last record once more: all that were left have changed meanwhile, and a list may not be empty.

        It has the datestamp it had then. If it has changed too, a later one would be ahead of others still to come.
        """
        known = await self._shelf.one(last.id)
        return [replace(known, changed_at=last.changed_at)] if known else []

    async def _resume(
        self, root: Element, begun: Progress, page: Sequence[Known], *, more: bool, total: int, now: datetime
    ) -> None:
        if not more:
            if begun.given:  # the end of a list that came in parts is told by an empty token
                add(root, f"{_O}resumptionToken", "", completeListSize=str(total), cursor=str(begun.given))
            return
        last = Place(changed_at=page[-1].changed_at, id=page[-1].id)
        progress = Progress(
            verb=begun.verb,
            prefix=begun.prefix,
            set=begun.set,
            since=begun.since,
            until=begun.until,
            last=last,
            given=begun.given + len(page),
            total=total,
        )
        token, ends = await self._tokens.write(progress, now)
        add(
            root,
            f"{_O}resumptionToken",
            token,
            expirationDate=written(ends),
            completeListSize=str(total),
            cursor=str(begun.given),
        )

    def _write(self, root: Element, known: Known, shape: Format) -> None:
        record = add(root, f"{_O}record")
        self._header(record, known)
        if known.practice:
            add(record, f"{_O}metadata").append(shape.write(known.practice))

    def _header(self, parent: Element, known: Known) -> None:
        header = add(parent, f"{_O}header", None, status=None if known.practice else "deleted")
        add(header, f"{_O}identifier", self._identifier(known.id))
        add(header, f"{_O}datestamp", written(datestamp(known.changed_at)))
        codes = known.practice.found_under() if known.practice else known.found_under
        for spec in specs_of(codes):
            add(header, f"{_O}setSpec", spec)

    def _identifier(self, practice_id: str) -> str:
        return f"oai:{self._about.domain}:{practice_id}"

    async def _known(self, identifier: str) -> Known:
        start = self._identifier("")
        practice_id = identifier.removeprefix(start)
        known = None
        if identifier.startswith(start) and practice_id.isprintable():
            known = await self._shelf.one(practice_id)
        if known is None:
            raise OaiError(Code.NO_SUCH_ID, f"There is no such record; identifiers begin with {start}")
        return known


def _format(prefix: str | None) -> Format:
    if prefix not in _FORMATS:
        raise OaiError(Code.CANNOT_DISSEMINATE, f"There is no such format; there are: {', '.join(_FORMATS)}.")
    return _FORMATS[prefix]
