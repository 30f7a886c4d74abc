"""The steps of an author: submit, withdraw, resubmit, revise, confirm, appeal; and a coordinator's tombstone."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.submissions.api.parts import ContributionId, SeenIfSent, Writer, shown
from services.submissions.appeal import appeal
from services.submissions.confirm import confirm
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.feedback import ANSWER_LENGTH
from services.submissions.records import Records
from services.submissions.revise import revise
from services.submissions.submit import resubmit, submit
from services.submissions.views import ContributionView
from services.submissions.withdraw import withdraw
from shared.http.access import Principal
from shared.http.idempotency import idempotently
from shared.http.openapi import problems
from shared.http.reply import JsonResponse, Reply
from shared.rates.route import limited
from shared.rates.settings import Kind
from shared.store.outbox import Transaction
from shared.text import Line, Prose

Step = Callable[[Transaction], Awaitable[Contribution]]


class AnswerToComment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    comment_id: Annotated[str, Line(200)]
    text: Annotated[str, Prose(ANSWER_LENGTH)]


class Resubmission(BaseModel):
    """An answer to every comment that must or should be heeded; without ``answers``, those kept by PATCH are taken."""

    model_config = ConfigDict(extra="forbid")

    answers: Annotated[list[AnswerToComment], Field(max_length=500)] | None = None


class Appeal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Prose(4_000)] = Field(description="Why the rejection should be looked at again")


class LifeRoutes:
    """Every step answers with the contribution as it is after it."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def router(self) -> APIRouter:
        router = APIRouter(
            tags=["life"], prefix="/contributions/{contribution_id}", default_response_class=JsonResponse
        )
        for step in (self.submit, self.resubmit, self.appeal):  # each is work for reviewers
            router.add_api_route(
                f"/{step.__name__}",
                step,
                methods=["POST"],
                dependencies=[limited(Kind.SUBMIT)],
                response_model=ContributionView,
                responses=problems(409, 429),
            )
        for step in (self.withdraw, self.revise, self.confirm):
            router.add_api_route(
                f"/{step.__name__}", step, methods=["POST"], response_model=ContributionView, responses=problems(409)
            )
        return router

    async def submit(
        self, request: Request, principal: Writer, contribution_id: ContributionId, seen: SeenIfSent
    ) -> Response:
        """Hand a complete draft in for review."""

        async def step(tx: Transaction) -> Contribution:
            return await submit(
                tx,
                self._records,
                contribution_id,
                person_id=principal.person_id,
                organisation=principal.organisation,
                seen=seen,
            )

        return await self._take(request, principal, step)

    async def withdraw(
        self, request: Request, principal: Writer, contribution_id: ContributionId, seen: SeenIfSent
    ) -> Response:
        """Take it back before there is a decision."""

        async def step(tx: Transaction) -> Contribution:
            return await withdraw(tx, self._records, contribution_id, person_id=principal.person_id, seen=seen)

        return await self._take(request, principal, step)

    async def resubmit(
        self,
        request: Request,
        principal: Writer,
        contribution_id: ContributionId,
        seen: SeenIfSent,
        body: Resubmission | None = None,
    ) -> Response:
        """Hand the changed version in for the next round, with the answers given here or kept before."""
        given = body.answers if body else None
        answers = None if given is None else {answer.comment_id: answer.text for answer in given}

        async def step(tx: Transaction) -> Contribution:
            return await resubmit(
                tx,
                self._records,
                contribution_id,
                answers,
                person_id=principal.person_id,
                organisation=principal.organisation,
                seen=seen,
            )

        return await self._take(request, principal, step)

    async def revise(
        self, request: Request, principal: Writer, contribution_id: ContributionId, seen: SeenIfSent
    ) -> Response:
        """Begin the next version of what is published."""

        async def step(tx: Transaction) -> Contribution:
            return await revise(tx, self._records, contribution_id, person_id=principal.person_id, seen=seen)

        return await self._take(request, principal, step)

    async def confirm(
        self, request: Request, principal: Writer, contribution_id: ContributionId, seen: SeenIfSent
    ) -> Response:
        """Say that what is published still holds."""

        async def step(tx: Transaction) -> Contribution:
            return await confirm(tx, self._records, contribution_id, person_id=principal.person_id, seen=seen)

        return await self._take(request, principal, step)

    async def appeal(
        self, request: Request, principal: Writer, contribution_id: ContributionId, seen: SeenIfSent, body: Appeal
    ) -> Response:
        """Ask once for a second look at a rejection."""

        async def step(tx: Transaction) -> Contribution:
            return await appeal(tx, self._records, contribution_id, body.text, person_id=principal.person_id, seen=seen)

        return await self._take(request, principal, step)

    async def _take(self, request: Request, principal: Principal, step: Step) -> Response:
        async def act(tx: Transaction) -> Reply:
            return shown(self._records, tx, await step(tx))

        return await idempotently(request, principal, self._records.store, act)
