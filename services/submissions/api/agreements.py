"""A coordinator's record that a published joint action was agreed."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.submissions.agree import agree, retract
from services.submissions.api.practices import PracticeId
from services.submissions.domain.agreement import Agreement, is_to_come
from services.submissions.records import Records
from shared.contribution.fields import MAX_LANGUAGES, Day, Name, Notes, Set
from shared.errors import FieldError, Invalid
from shared.events.practices import PublicPractice
from shared.http.access import Principal, Role, allow
from shared.http.idempotency import idempotently
from shared.http.openapi import problems
from shared.http.reply import JsonResponse, Reply
from shared.store.outbox import Transaction


class AgreementOrder(BaseModel):
    """All of it is public. A language may be given once."""

    model_config = ConfigDict(extra="forbid")

    agreed_on: Day = Field(description="On which day it was agreed; not one to come")
    parties: Annotated[Set[Name], Field(min_length=1, max_length=50)] = Field(
        description="The organisations and bodies that agreed to it, by name"
    )
    text: Notes = Field(
        default_factory=dict, max_length=MAX_LANGUAGES, description="What was agreed, by language (BCP 47)"
    )


class AgreementRoutes:
    """Both answer with the practice as everybody sees it afterwards."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def router(self) -> APIRouter:
        router = APIRouter(tags=["practices"], default_response_class=JsonResponse)
        for method, act in (("POST", self.record), ("DELETE", self.retract)):
            router.add_api_route(
                "/practices/{practice_id}/agreement",
                act,
                methods=[method],
                response_model=PublicPractice,
                responses=problems(409, 410),
            )
        return router

    async def record(
        self,
        request: Request,
        principal: Annotated[Principal, allow(Role.COORDINATOR)],
        practice_id: PracticeId,
        body: AgreementOrder,
    ) -> Response:
        """Record that a published joint action was agreed: its page, its feed and its subscribers say so."""

        async def act(tx: Transaction) -> Reply:
            if is_to_come(body.agreed_on, tx.now):
                wrong = FieldError(
                    pointer="/agreed_on", code="to-come", message="Give the day on which it was agreed, not one to come"
                )
                raise Invalid("It can be recorded once it is agreed.", errors=(wrong,))
            agreement = Agreement(agreed_on=body.agreed_on, parties=body.parties, text=body.text, recorded_at=tx.now)
            return _reply(await agree(tx, self._records, practice_id, agreement))

        return await idempotently(request, principal, self._records.store, act)

    async def retract(
        self, request: Request, principal: Annotated[Principal, allow(Role.COORDINATOR)], practice_id: PracticeId
    ) -> Response:
        """Take a mistaken record back; to correct one, take it back and record it anew."""

        async def act(tx: Transaction) -> Reply:
            return _reply(await retract(tx, self._records, practice_id))

        return await idempotently(request, principal, self._records.store, act)


def _reply(practice: PublicPractice) -> Reply:
    body: dict[str, Any] = practice.model_dump(mode="json", exclude={"attached_text"})
    return Reply(body=body)
