"""HTTP in, reviews and reviewers: what I write, what I am ready to take, who else there is."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.review.api import CaseId, Coordinator, Reviewer
from services.review.bodies import ProfilePatch, ReviewPatch
from services.review.complete_review import complete_review
from services.review.domain.policy import Policy
from services.review.domain.review import Review
from services.review.people import unremembered
from services.review.profile import change_profile, own_profile, reviewers
from services.review.shapes import ReviewerPage, ReviewerView, ReviewView
from services.review.store import Records
from services.review.views import review_view, reviewer_view
from services.review.write_review import read_review, write_review
from shared.http.etag import IfMatch, etag
from shared.http.idempotency import idempotently
from shared.http.openapi import problems
from shared.http.paging import CursorParameter, LimitParameter
from shared.http.reply import JsonResponse, Reply
from shared.store.client import Store
from shared.store.outbox import Transaction


def review_router(store: Store, policy: Policy) -> APIRouter:
    """Routes on the caller's own review of a case."""
    router = APIRouter(tags=["reviews"])
    records = Records(store.db)

    @router.get("/cases/{case_id}/review", response_model=ReviewView)
    async def get_review(case_id: CaseId, who: Reviewer) -> Response:
        """Show my review of the present round."""
        me = unremembered(who, policy=policy, now=store.clock())
        return _review(await read_review(records, case_id, me))

    @router.patch("/cases/{case_id}/review", response_model=ReviewView, responses=problems(409))
    async def save_review(case_id: CaseId, body: ReviewPatch, version: IfMatch, who: Reviewer) -> Response:
        """Save what I typed: a merge patch (RFC 7396), as often as I like, until the review is complete."""
        me = unremembered(who, policy=policy, now=store.clock())
        review = await write_review(records, case_id, me, body.changes(), version=version, clock=store.clock)
        return _review(review)

    @router.post("/cases/{case_id}/review/complete", response_model=ReviewView)
    async def finish_review(case_id: CaseId, who: Reviewer, request: Request) -> Response:
        """Finish my review for good; 422 lists everything that is missing."""

        async def act(tx: Transaction) -> Reply:
            review = await complete_review(tx, case_id, who, policy=policy)
            return Reply(body=review_view(review), headers={"ETag": etag(review.version)})

        return await idempotently(request, who, store, act)

    return router


def reviewer_router(store: Store, policy: Policy) -> APIRouter:
    """Routes on reviewers: oneself, and for coordinators everybody."""
    router = APIRouter(tags=["reviewers"])
    records = Records(store.db)

    @router.get("/reviewers/me", response_model=ReviewerView)
    async def get_profile(who: Reviewer) -> Response:
        """Show what I know, how much I take and whether I rest."""
        me = await own_profile(records, who, policy=policy, now=store.clock())
        return JsonResponse(reviewer_view(me, policy=policy), headers={"ETag": etag(me.version)})

    @router.patch("/reviewers/me", response_model=ReviewerView)
    async def change_my_profile(body: ProfilePatch, version: IfMatch, who: Reviewer) -> Response:
        """Change it: a merge patch (RFC 7396)."""
        changes = body.changes()
        me = await store.transact(lambda tx: change_profile(tx, who, changes, version=version, policy=policy))
        return JsonResponse(reviewer_view(me, policy=policy), headers={"ETag": etag(me.version)})

    @router.get("/reviewers", response_model=ReviewerPage, responses=problems(404))
    async def list_reviewers(
        who: Coordinator,
        case_id: Annotated[str | None, Query(max_length=100, description="Tell fit and conflicts")] = None,
        cursor: CursorParameter = None,
        limit: LimitParameter = 50,
    ) -> Response:
        """List the reviewers with their load; with ``case_id`` also how each fits that case."""
        page = await reviewers(
            records, who, case_id=case_id, cursor=cursor, limit=limit, policy=policy, now=store.clock()
        )
        return JsonResponse(page)

    return router


def _review(review: Review) -> Response:
    return JsonResponse(review_view(review), headers={"ETag": etag(review.version)})
