"""Search over HTTP: everybody may search and suggest; who runs the system may ask for a rebuild."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Query
from prometheus_client import Histogram
from starlette.responses import Response

from services.search.analysis import Analysis, primary
from services.search.correct import Correction, Corrections
from services.search.drift import DriftCheck
from services.search.find import DEEPEST, Found, Search, Sort, find
from services.search.index import IndexBroken, Snapshot
from services.search.labels import Labels
from services.search.lag import Progress
from services.search.learning.tally import Tally
from services.search.models import (
    DriftOut,
    RebuildOut,
    RelatedOut,
    SearchOut,
    StatusOut,
    SuggestOut,
    drift_json,
    facet_json,
    item_json,
    lag_json,
    search_json,
)
from services.search.paging import Kept, cursor_of, place_of, placed
from services.search.parameters import (
    Countries,
    EvidenceLevels,
    Kinds,
    Languages,
    Organisations,
    PageSize,
    PracticeId,
    Reader,
    Regions,
    Sectors,
    Text,
    Themes,
    Years,
)
from services.search.prefixes import with_filters
from services.search.related import Related, related
from services.search.replica import Rebuild, Replica
from services.search.suggest import Suggestions
from shared.errors import FieldError, Invalid, Unavailable
from shared.http.access import PUBLIC, Role, allow
from shared.http.openapi import problems
from shared.http.paging import CursorParameter
from shared.http.reply import JsonResponse
from shared.rates.route import limited
from shared.rates.settings import Kind

_LONGEST_SECONDS: Final = 5.0  # that a query may take, waiting for a thread included

T = TypeVar("T")

PageParameter = Annotated[int, Query(alias="page", ge=1, le=DEEPEST, description="Which page, instead of a cursor")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """What answers queries: the serving replica, and threads of its own so that the event loop stays free.

    Facets are counted by threads beside those that rank, so that one query has two cores.
    """

    replica: Replica
    labels: Labels
    analysis: Analysis
    suggestions: Suggestions
    corrections: Corrections
    progress: Progress
    kept: Kept
    tally: Tally
    drift: DriftCheck
    threads: Executor
    counting: Executor
    seconds: Histogram
    limit: float = _LONGEST_SECONDS

    async def run(self, work: Callable[[Snapshot], T], snapshot: Snapshot | None = None) -> T:
        """Run a query on the present snapshot or on an earlier one.

        When the engine fails, the index is looked at: a broken one is rebuilt, and the caller asked to come again. What
        takes longer than the limit is refused (503); what it asks for is bounded besides, so that it ends soon after.
        """
        on = snapshot or self.replica.snapshot
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        try:
            return await asyncio.wait_for(loop.run_in_executor(self.threads, work, on), self.limit)
        except TimeoutError as error:
            raise Unavailable("This search took too long; try again in a moment, or use fewer words.") from error
        except IndexBroken as error:
            await self._look_at_index(error)
            raise
        finally:
            self.seconds.observe(time.perf_counter() - began)

    async def _look_at_index(self, error: IndexBroken) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self.threads, self.replica.index.probe)
        except IndexBroken as damage:
            self.replica.ask_for_rebuild(f"found broken by a query: {damage}")
            raise Unavailable("Search is being repaired; try again in a moment.") from error

    def facets(self, found: Found, language: str) -> dict[str, list[dict[str, Any]]]:
        """Write the facets with their labels. Reads the index for names of organisations it has not met yet."""
        return {
            facet: [
                facet_json(count, self._label(facet, count.code, language), self.labels.broader(facet, count.code))
                for count in counts
            ]
            for facet, counts in found.facets.items()
        }

    def language(self, spoken: str, reader: str) -> dict[str, str] | None:
        """Write the language of a query with its name; None where it is not known."""
        if not spoken:
            return None
        return {"code": primary(spoken), "label": self.labels.label("language", primary(spoken), reader or "en")}

    def _label(self, facet: str, code: str, language: str) -> str:
        if facet == "organisation":
            return self.replica.index.organisation_name(code)
        return self.labels.label(facet, code, language or "en")


def router(searching: Searching) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["search"])
    _search_route(routes, searching)
    _suggest_route(routes, searching)
    _related_route(routes, searching)
    _operation_routes(routes, searching)
    return routes


def _search_route(routes: APIRouter, searching: Searching) -> None:
    @routes.get(
        "/search",
        dependencies=[PUBLIC, limited(Kind.SEARCH)],
        response_model=SearchOut,
        responses=problems(429),
    )
    async def search(  # noqa: PLR0917 - one parameter per facet
        q: Text = "",
        kind: Kinds = [],  # noqa: B006 - pydantic copies it
        sector: Sectors = [],  # noqa: B006
        theme: Themes = [],  # noqa: B006
        country: Countries = [],  # noqa: B006
        region: Regions = [],  # noqa: B006
        language: Languages = [],  # noqa: B006
        year: Years = [],  # noqa: B006
        evidence_level: EvidenceLevels = [],  # noqa: B006
        organisation: Organisations = [],  # noqa: B006
        sort: Sort = Sort.RELEVANCE,
        cursor: CursorParameter = None,
        page: PageParameter = 1,
        limit: PageSize = 20,
        lang: Reader = None,
    ) -> Response:
        """Find practices. Values of one filter add up, different filters narrow; counts of a facet ignore its own."""
        filters = {
            "kind": kind,
            "sector": sector,
            "theme": theme,
            "country": country,
            "region": region,
            "language": language,
            "year": [str(one) for one in year],
            "evidence_level": evidence_level,
            "organisation": organisation,
        }
        asked = Search(text=q, filters=_distinct(filters), sort=sort, language=lang or "", limit=limit)
        wanted = with_filters(asked, searching.labels)
        wanted, snapshot = _page(searching, wanted, cursor, page)
        return JsonResponse(await _answer(searching, wanted, snapshot))


def _distinct(filters: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {facet: tuple(dict.fromkeys(codes)) for facet, codes in filters.items()}


def _page(searching: Searching, wanted: Search, cursor: str | None, page: int) -> tuple[Search, Snapshot]:
    """Place the search on its page, on the snapshot of the page before where that is kept."""
    if cursor:
        place = place_of(cursor, wanted)
        snapshot = searching.kept.get(place.generation)
        return placed(wanted, place, kept=snapshot is not None), snapshot or searching.replica.snapshot
    offset = (page - 1) * wanted.limit
    if offset >= DEEPEST:
        message = f"Only the first {DEEPEST} results can be paged through; narrow the search."
        raise Invalid(
            message, errors=(FieldError(pointer="", parameter="query.page", code="too-deep", message=message),)
        )
    return replace(wanted, offset=offset), searching.replica.snapshot


async def _answer(searching: Searching, wanted: Search, snapshot: Snapshot) -> dict[str, Any]:
    def work(on: Snapshot) -> tuple[Found, Correction | None, dict[str, Any]]:
        found = find(wanted, on, searching.analysis, counting=searching.counting)
        doubtful = found.doubtful and not found.offset
        meant = searching.corrections.find(wanted, on) if doubtful else None
        return found, meant, searching.facets(found, wanted.language)

    found, meant, facets = await searching.run(work, snapshot)
    cursor = cursor_of(wanted, snapshot, found)
    if cursor:
        searching.kept.keep(snapshot, searching.replica.snapshot)
    if not (wanted.offset or wanted.after or any(wanted.filters.values())):  # one asks once, however many pages follow
        answered = found.total > 0 and not found.partial
        searching.tally.asked(wanted.text, wanted.language, answered=answered)
    lag = searching.progress.lag()
    language = searching.language(found.language, wanted.language)
    return search_json(found, cursor=cursor, search=wanted, lag=lag, facets=facets, meant=meant, language=language)


def _suggest_route(routes: APIRouter, searching: Searching) -> None:
    @routes.get(
        "/suggest",
        dependencies=[PUBLIC, limited(Kind.SUGGEST)],
        response_model=SuggestOut,
        responses=problems(429),
    )
    async def suggest(q: Text = "", lang: Reader = None, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> Response:
        """Complete what is being typed, from themes, sectors, countries, organisations and titles."""
        work = partial(_suggested, searching.suggestions, q, lang or "", limit)
        found = await searching.run(work)
        items = [{"kind": s.kind, "text": s.text, "code": s.code, "language": s.language} for s in found]
        return JsonResponse({"items": items})


def _suggested(suggestions: Suggestions, text: str, language: str, limit: int, snapshot: Snapshot) -> list[Any]:
    return list(suggestions.find(text, snapshot, language=language, limit=limit))


def _related_route(routes: APIRouter, searching: Searching) -> None:
    @routes.get("/related/{practice_id}", dependencies=[PUBLIC], response_model=RelatedOut)
    async def related_to(
        practice_id: PracticeId, lang: Reader = None, limit: Annotated[int, Query(ge=1, le=20)] = 6
    ) -> Response:
        """List practices alike in words, themes and sectors, the likest first; 404 where there is no such practice."""
        wanted = Related(practice_id=practice_id, language=lang or "", limit=limit)
        hits = await searching.run(lambda snapshot: related(wanted, snapshot, searching.analysis))
        return JsonResponse({"items": [item_json(hit) for hit in hits]})


def _operation_routes(routes: APIRouter, searching: Searching) -> None:
    replica = searching.replica

    @routes.get("/status", dependencies=[PUBLIC], response_model=StatusOut)
    async def status() -> Response:
        """Tell how much is found, how far behind search is and whether an index is being rebuilt."""
        snapshot = replica.snapshot
        return JsonResponse(
            {
                "practices": snapshot.practices,
                "complete": snapshot.position.complete,
                "sequence": snapshot.position.sequence,
                "segments": snapshot.searcher.num_segments,
                "lag": lag_json(searching.progress.lag()),
                "found_after_seconds": searching.progress.found_after,
                "unreadable": searching.progress.unreadable,
                "rebuild": _rebuild_json(replica.rebuild),
                "rebuilt_at": replica.rebuilt_at,
                "drift": drift_json(searching.drift.last),
            }
        )

    @routes.post(
        "/rebuild",
        status_code=202,
        response_model=RebuildOut,
        dependencies=[allow(Role.ADMINISTRATOR, Role.SYSTEM)],
    )
    async def rebuild() -> Response:
        """Build another index from the catalogue beside the serving one, then serve it. While one runs, tell that."""
        replica.ask_for_rebuild("asked for")
        return JsonResponse(_rebuild_json(replica.rebuild), 202)

    @routes.post("/drift", response_model=DriftOut, dependencies=[allow(Role.ADMINISTRATOR, Role.SYSTEM)])
    async def drift() -> Response:
        """Compare the index with the record now; where something differs, build another index beside this one."""
        return JsonResponse(drift_json(await searching.drift.check()))


def _rebuild_json(rebuild: Rebuild | None) -> dict[str, Any] | None:
    if rebuild is None:
        return None
    return {
        "since": rebuild.since,
        "reason": rebuild.reason,
        "sequence": rebuild.sequence,
        "trouble": rebuild.trouble,
    }
