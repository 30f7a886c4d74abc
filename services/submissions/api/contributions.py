"""Drafts: begin, list, read, save as typed, throw away and take back, check."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator
from starlette.responses import Response

from services.submissions.api.parts import ContributionId, Language, Writer, shown
from services.submissions.create import create
from services.submissions.discard import discard, restore
from services.submissions.domain.feedback import ANSWER_LENGTH
from services.submissions.domain.standing import standing_of
from services.submissions.domain.state import State
from services.submissions.domain.status import status
from services.submissions.edit import edit
from services.submissions.read import check
from services.submissions.records import Records
from services.submissions.views import ContributionView, SummaryPage, contribution_view, summary_view
from shared.contribution.content import Content
from shared.contribution.findings import in_words, label_of
from shared.contribution.merge import parse
from shared.errors import FieldError
from shared.http.etag import IfMatch, etag
from shared.http.idempotency import idempotently
from shared.http.openapi import problems
from shared.http.paging import CursorParameter, LimitParameter, decode_cursor, encode_cursor
from shared.http.reply import JsonResponse, Reply
from shared.store.group_commit import GroupCommit
from shared.store.outbox import Transaction
from shared.text import Line, Prose


def _whole(value: Any, _handler: ValidatorFunctionWrapHandler) -> Content:
    """Check it once, by the record's own rules, whose errors name what would do."""
    return parse(value, prefix="/content")


class NewContribution(BaseModel):
    """``content`` may be as incomplete as one likes; what is given must be right."""

    model_config = ConfigDict(extra="forbid")

    content: Annotated[Content, WrapValidator(_whole)] = Content()


class DraftAnswer(BaseModel):
    """An answer as far as it is typed; an empty text takes it out."""

    model_config = ConfigDict(extra="forbid")

    comment_id: Annotated[str, Line(200)]
    text: Annotated[str, Prose(ANSWER_LENGTH, blank=True)]


class ContributionPatch(BaseModel):
    """``content`` is a JSON merge patch (RFC 7396): null takes a field out, a list replaces the whole list.

    ``answers`` are kept beside those kept before, while changes are asked for.
    """

    model_config = ConfigDict(extra="forbid")

    content: dict[str, Any] = {}
    answers: Annotated[list[DraftAnswer], Field(max_length=500)] = []


class Finding(BaseModel):
    """One field that is missing or wrong.

    ``pointer`` is an RFC 6901 pointer into the content itself: ``/kind`` is what a PATCH of the contribution sends as
    ``/content/kind``.

    ``label`` and ``message`` are in the language that was asked for (English, French, German).
    """

    pointer: str
    label: str = Field(description="What the field is called")
    code: str
    message: str
    allowed: list[str] = []


class Similar(BaseModel):
    """A hint that something much alike is there already; ``score`` is from 0 to 1."""

    contribution_id: str
    title: str
    score: float
    public: bool = Field(description="False where it is the author's own and not published")


class Completeness(BaseModel):
    complete: bool
    errors: list[Finding]
    similar: list[Similar] = Field(description="Published practices and own contributions that are much alike")


class ContributionRoutes:
    """The routes of the working version."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._begun = GroupCommit(records.store)

    def router(self) -> APIRouter:
        router = APIRouter(tags=["contributions"], prefix="/contributions", default_response_class=JsonResponse)
        add = router.add_api_route
        one = "/{contribution_id}"
        add("", self.post, methods=["POST"], status_code=201, response_model=ContributionView)
        add("", self.list, methods=["GET"], response_model=SummaryPage)
        add(one, self.get, methods=["GET"], response_model=ContributionView)
        add(one, self.patch, methods=["PATCH"], response_model=ContributionView, responses=problems(409))
        add(one, self.delete, methods=["DELETE"], status_code=204, responses=problems(409))
        add(f"{one}/restore", self.restore, methods=["POST"], response_model=ContributionView)
        add(f"{one}/completeness", self.completeness, methods=["GET"], response_model=Completeness)
        add(f"{one}/similar", self.similar, methods=["GET"], response_model=list[Similar])
        return router

    async def post(self, request: Request, principal: Writer, body: NewContribution | None = None) -> Response:
        """Begin a contribution."""
        content = body.content if body else Content()

        async def act(tx: Transaction) -> Reply:
            draft = await create(
                tx, self._records, content, person_id=principal.person_id, organisation=principal.organisation
            )
            return shown(self._records, tx, draft, status=201)

        return await idempotently(request, principal, self._records.store, act, group=self._begun)

    async def list(
        self,
        principal: Writer,
        state: Annotated[
            list[State] | None, Query(max_length=20, description="Only in these states; else all but the discarded")
        ] = None,
        cursor: CursorParameter = None,
        limit: LimitParameter = 20,
        lang: Language = None,
    ) -> Response:
        """List one's own contributions, newest first, with where each stands in plain words."""
        before = decode_cursor(cursor, str)[0] if cursor else None
        found = await self._records.contributions.summaries(
            principal.person_id, states=state or (), before=before, limit=limit + 1
        )
        now, public_url = self._records.store.clock(), str(self._records.settings.public_url)
        language = lang or principal.language or "en"
        items = [summary_view(document, now, public_url, language) for document in found[:limit]]
        page: dict[str, Any] = {"items": items}
        if len(found) > limit:
            page["next"] = encode_cursor(found[limit - 1]["_id"])
        return JsonResponse(page)

    async def get(self, principal: Writer, contribution_id: ContributionId, lang: Language = None) -> Response:
        """Read one of one's own contributions."""
        found = await self._records.contributions.of(principal.person_id, contribution_id)
        view = contribution_view(found, self._records.store.clock(), str(self._records.settings.public_url))
        view["status"] = status(standing_of(found), lang or principal.language or "en")
        return JsonResponse(view, headers={"ETag": etag(found.revision)})

    async def patch(
        self, principal: Writer, contribution_id: ContributionId, seen: IfMatch, body: ContributionPatch
    ) -> Response:
        """Save changes to the working version, and answers to comments as they are typed."""
        answers = {answer.comment_id: answer.text for answer in body.answers}

        async def act(tx: Transaction) -> Reply:
            after = await edit(
                tx,
                self._records,
                contribution_id,
                body.content,
                answers=answers,
                person_id=principal.person_id,
                organisation=principal.organisation,
                seen=seen,
            )
            return shown(self._records, tx, after)

        return (await self._records.store.transact(act)).response()

    async def delete(self, principal: Writer, contribution_id: ContributionId, seen: IfMatch) -> Response:
        """Discard a draft; it can be restored for 30 days."""

        async def act(tx: Transaction) -> None:
            await discard(tx, self._records, contribution_id, person_id=principal.person_id, seen=seen)

        await self._records.store.transact(act)
        return Response(status_code=204)

    async def restore(self, request: Request, principal: Writer, contribution_id: ContributionId) -> Response:
        """Take a discarded draft back."""

        async def act(tx: Transaction) -> Reply:
            after = await restore(tx, self._records, contribution_id, person_id=principal.person_id)
            return shown(self._records, tx, after)

        return await idempotently(request, principal, self._records.store, act)

    async def completeness(self, principal: Writer, contribution_id: ContributionId, lang: Language = None) -> Response:
        """List every missing or wrong field, and what is much alike.

        The pointers lead into the content (`/kind`); in the body of a PATCH the same field is at `/content/kind`.
        """
        wrong, similar = await check(self._records, contribution_id, person_id=principal.person_id)
        language = lang or principal.language or "en"
        findings = [_finding(in_words(error, language), language) for error in wrong]
        return JsonResponse({"complete": not wrong, "errors": findings, "similar": similar})

    async def similar(self, principal: Writer, contribution_id: ContributionId) -> Response:
        """List what is much alike."""
        _, similar = await check(self._records, contribution_id, person_id=principal.person_id)
        return JsonResponse(similar)


def _finding(error: FieldError, language: str) -> Finding:
    return Finding(
        pointer=error.pointer,
        label=label_of(error, language),
        code=error.code,
        message=error.message,
        allowed=list(error.allowed),
    )
