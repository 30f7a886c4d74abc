"""HTTP in, cases: the queue, the page of a case, and everything done to it.

Answers are made by the use cases as plain values and encoded once; ``response_model`` only documents them.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.review.assign import assign
from services.review.bodies import AssignBody, ConflictBody, Country, DecisionBody, Language, Sector, Theme
from services.review.case_page import case_page, reviews_of, trail_of
from services.review.claim import claim, renew
from services.review.counting import Column
from services.review.decide import decide
from services.review.declare_conflict import declare_conflict
from services.review.domain.policy import Policy
from services.review.measures import Measures
from services.review.queue import Scope, Sort, Wanted, queue
from services.review.release import release
from services.review.shapes import CasePage, CaseView, ClaimView, DecisionView, ReviewList, TrailView
from services.review.store import Records
from shared.http.access import Principal, Role, allow
from shared.http.etag import etag
from shared.http.idempotency import idempotently
from shared.http.paging import CursorParameter, LimitParameter
from shared.http.reply import JsonResponse, Reply
from shared.store.client import Store
from shared.store.outbox import Transaction

Reviewer = Annotated[Principal, allow(Role.REVIEWER)]
Coordinator = Annotated[Principal, allow(Role.COORDINATOR)]
ReviewerOrCoordinator = Annotated[Principal, allow(Role.REVIEWER, Role.COORDINATOR)]
CaseId = Annotated[str, Path(min_length=1, max_length=100, description="Contribution id, hyphen, version")]


def reading_router(store: Store, policy: Policy) -> APIRouter:
    """Routes to find cases and look at them."""
    router = APIRouter(tags=["cases"])
    records = Records(store.db)

    @router.get("/cases", response_model=CasePage)
    async def list_cases(
        who: ReviewerOrCoordinator,
        *,
        scope: Scope = Scope.UNCLAIMED,
        state: Annotated[list[Column] | None, Query(max_length=7, description="Only these, of scope=all")] = None,
        sort: Annotated[Sort, Query(description="By when they were opened, of scope=all")] = Sort.NEWEST,
        counts: Annotated[bool, Query(description="Tell `counts`, with the other filters but of every state")] = False,
        sector: Annotated[Sector | None, Query()] = None,
        theme: Annotated[Theme | None, Query()] = None,
        language: Annotated[Language | None, Query()] = None,
        country: Annotated[Country | None, Query()] = None,
        cursor: CursorParameter = None,
        limit: LimitParameter = 20,
    ) -> Response:
        """List cases: mine, unclaimed (fewest reviews first), overdue; for coordinators also ready and all."""
        wanted = Wanted(
            scope=scope,
            states=tuple(state or ()),
            sort=sort,
            counts=counts,
            sector=sector,
            theme=theme,
            language=language,
            country=country,
            cursor=cursor,
            limit=limit,
        )
        return JsonResponse(await queue(records, who, wanted, policy=policy, now=store.clock()))

    @router.get("/cases/{case_id}", response_model=CaseView)
    async def get_case(case_id: CaseId, who: ReviewerOrCoordinator) -> Response:
        """Show a case; a reviewer with a conflict of interest is told that there is none."""
        page, version = await case_page(records, case_id, who, policy=policy, now=store.clock())
        return JsonResponse(page, headers={"ETag": etag(version)})

    return router


def claim_router(store: Store, policy: Policy) -> APIRouter:
    """Routes to take a case, keep it, give it back, or stay away from it."""
    router = APIRouter(tags=["claims"])

    @router.post("/cases/{case_id}/claim", response_model=ClaimView)
    async def claim_case(case_id: CaseId, who: Reviewer, request: Request) -> Response:
        """Take a free place on a lease; 409 says until when all are taken."""
        return await once(request, who, store, lambda tx: claim(tx, case_id, who, policy=policy))

    @router.post("/cases/{case_id}/renew", response_model=ClaimView)
    async def renew_claim(case_id: CaseId, who: Reviewer, request: Request) -> Response:
        """Count the lease of my claim from now on."""
        return await once(request, who, store, lambda tx: renew(tx, case_id, who, policy=policy))

    @router.post("/cases/{case_id}/release", status_code=204, response_class=Response)
    async def release_claim(case_id: CaseId, who: Reviewer, request: Request) -> Response:
        """Give my unfinished case back; what I wrote is kept."""
        return await once(request, who, store, lambda tx: release(tx, case_id, who, policy=policy))

    @router.post("/cases/{case_id}/conflict", status_code=204, response_class=Response)
    async def declare(case_id: CaseId, body: ConflictBody, who: ReviewerOrCoordinator, request: Request) -> Response:
        """Declare a conflict of interest; the case is out of my sight from then on."""
        return await once(
            request, who, store, lambda tx: declare_conflict(tx, case_id, who, body.reason, policy=policy)
        )

    return router


def coordination_router(store: Store, policy: Policy, measures: Measures) -> APIRouter:
    """Routes for coordinators without a conflict of interest."""
    router = APIRouter(tags=["coordination"])
    records = Records(store.db)

    @router.post("/cases/{case_id}/assign", response_model=ClaimView)
    async def assign_case(case_id: CaseId, body: AssignBody, who: Coordinator, request: Request) -> Response:
        """Give the case to a reviewer, under the rules of a claim."""
        return await once(request, who, store, lambda tx: assign(tx, case_id, who, body.reviewer_id, policy=policy))

    @router.post("/cases/{case_id}/decision", response_model=DecisionView)
    async def decide_case(case_id: CaseId, body: DecisionBody, who: Coordinator, request: Request) -> Response:
        """Approve, ask for changes or reject; once a round."""
        proposal = body.proposal()
        return await once(
            request, who, store, lambda tx: decide(tx, case_id, who, proposal, policy=policy, measures=measures)
        )

    @router.get("/cases/{case_id}/reviews", response_model=ReviewList)
    async def list_reviews(case_id: CaseId, who: Coordinator) -> Response:
        """List the finished reviews, of every round."""
        return JsonResponse(await reviews_of(records, case_id, who, policy=policy, now=store.clock()))

    @router.get("/cases/{case_id}/trail", response_model=TrailView)
    async def read_trail(case_id: CaseId, who: Coordinator) -> Response:
        """Tell everything that happened to the case, and whether that is what was written."""
        return JsonResponse(await trail_of(records, case_id, who, policy=policy, now=store.clock()))

    return router


async def once(
    request: Request, who: Principal, store: Store, work: Callable[[Transaction], Awaitable[Any]]
) -> Response:
    """Do the work in one transaction, once per Idempotency-Key, and answer with what it returns (None: 204)."""

    async def act(tx: Transaction) -> Reply:
        body = await work(tx)
        return Reply(status=204 if body is None else 200, body=body)

    return await idempotently(request, who, store, act)
