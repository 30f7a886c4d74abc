"""What a person does over HTTP: their settings, their inbox, their preferences. Each call is also a sign-in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.notifications import me as own
from services.notifications.compose import reader_of
from services.notifications.domain.kinds import ALLOWED, RULES, Channel, Kind
from services.notifications.domain.person import Person
from services.notifications.domain.schedule import DIGEST_HOUR
from services.notifications.forms import (
    InboxOut,
    KindOut,
    MeIn,
    MeOut,
    NoticeOut,
    PreferencesIn,
    PreferencesOut,
    ReadOut,
)
from services.notifications.render import Reader, Renderer
from services.notifications.sign_in import learn
from services.notifications.store import Records
from services.notifications.store.notices import Notice
from services.notifications.words import LANGUAGES, Words, supported_language
from shared.errors import NotFound
from shared.http.access import Principal, Role, allow
from shared.http.etag import IfMatchUnlessFirst, etag
from shared.http.idempotency import idempotently
from shared.http.paging import CursorParameter, LimitParameter, decode_cursor, encode_cursor
from shared.http.reply import JsonResponse, Reply
from shared.store.client import Store
from shared.store.outbox import Transaction

LanguageParameter = Annotated[
    str | None, Query(max_length=35, description="Say it in this language (en, fr or de) instead of the caller's own")
]
SignedIn = Annotated[Principal, allow(Role.MEMBER, Role.REVIEWER, Role.COORDINATOR, Role.ADMINISTRATOR)]


def me_routes(store: Store, records: Records) -> APIRouter:
    """Return the routes of a person's own settings."""
    router = APIRouter(tags=["me"])

    @router.get("/me", response_model=MeOut)
    async def read_me(principal: SignedIn) -> Response:
        """Return what this service knows of the caller, from their sign-ins."""
        return await _me(await learn(store, records, principal))

    @router.put("/me", response_model=MeOut)
    async def set_me(body: MeIn, principal: SignedIn, seen: IfMatchUnlessFirst) -> Response:
        """Set language and time zone; name and address are those of the sign-in."""
        person = await own.set_up(
            store,
            records,
            await learn(store, records, principal),
            language=body.language,
            time_zone=body.time_zone,
            retry_address=body.retry_address,
            seen=seen,
        )
        return await _me(person)

    async def _me(person: Person) -> Response:
        return JsonResponse(
            MeOut(
                person_id=person.person_id,
                name=person.name,
                email=person.email,
                mail=person.unreachable or "ok",
                language=supported_language(person.wanted_language),
                chosen_language=person.chosen_language,
                languages=LANGUAGES,
                time_zone=person.time_zone,
                unread=await records.notices.unread(person.person_id),
            ),
            headers={"ETag": etag(person.settings_version)},
        )

    return router


def inbox_routes(store: Store, records: Records, renderer: Renderer) -> APIRouter:
    """Return the routes of a person's inbox; nobody reaches anybody else's."""
    router = APIRouter(prefix="/inbox", tags=["inbox"])

    @router.get("", response_model=InboxOut)
    async def inbox(
        principal: SignedIn,
        unread: Annotated[bool, Query(description="Only what was not read yet")] = False,
        language: LanguageParameter = None,
        cursor: CursorParameter = None,
        limit: LimitParameter = 20,
    ) -> Response:
        """Return what the caller was told, the newest first."""
        before = decode_cursor(cursor, datetime, str) if cursor else None
        person = await learn(store, records, principal)
        found = await records.notices.page(
            person.person_id, unread=unread, before=(before[0], before[1]) if before else None, limit=limit + 1
        )
        reader = reader_of(person, language)
        items = [_notice(one, renderer, reader) for one in found[:limit]]
        last = found[limit - 1] if len(found) > limit else None
        return JsonResponse(
            InboxOut(
                items=items,
                unread=await records.notices.unread(person.person_id),
                next=encode_cursor(last.at, last.notice_id) if last else None,
            )
        )

    @router.post("/read", response_model=ReadOut)
    async def read_everything(request: Request, principal: SignedIn) -> Response:
        """Mark everything as read."""

        async def act(tx: Transaction) -> Reply:
            count = await records.notices.read_all(principal.person_id, tx.now, tx.session)
            return Reply(body=ReadOut(read=count))

        return await idempotently(request, principal, store, act)

    @router.post("/{notice_id}/read", status_code=204, response_class=Response)
    async def read_one(notice_id: str, request: Request, principal: SignedIn) -> Response:
        """Mark one entry as read."""

        async def act(tx: Transaction) -> Reply:
            if not await records.notices.read(principal.person_id, notice_id, tx.now, tx.session):
                raise NotFound
            return Reply(status=204)

        return await idempotently(request, principal, store, act)

    return router


def preference_routes(store: Store, records: Records, words: dict[str, Words]) -> APIRouter:
    """Return the routes of what a person wants to be told."""
    router = APIRouter(prefix="/preferences", tags=["preferences"])

    @router.get("", response_model=PreferencesOut)
    async def read_preferences(principal: SignedIn, language: LanguageParameter = None) -> Response:
        """Return what the caller is told, by which way and how often."""
        return _preferences(await learn(store, records, principal), words, language)

    @router.put("", response_model=PreferencesOut)
    async def set_preferences(body: PreferencesIn, principal: SignedIn, seen: IfMatchUnlessFirst) -> Response:
        """Choose, for each kind and channel: at once, once a day, or never."""
        choices = {
            (kind, channel): frequency
            for kind, chosen in body.kinds.items()
            for channel in Channel
            if (frequency := getattr(chosen, channel.value)) is not None
        }
        person = await own.choose(store, records, await learn(store, records, principal), choices, seen=seen)
        return _preferences(person, words)

    return router


def _notice(one: Notice, renderer: Renderer, reader: Reader) -> NoticeOut:
    told = renderer.told(one.kind, one.facts, reader)
    return NoticeOut(
        id=one.notice_id,
        kind=one.kind,
        label=told.label,
        text=told.text,
        title=told.title.text if told.title else None,
        title_language=told.title.language if told.title else None,
        link=told.url,
        contribution_id=one.facts.contribution_id,
        case_id=one.facts.case_id,
        at=one.at,
        read_at=one.read_at,
    )


def _preferences(person: Person, words: dict[str, Words], language: str | None = None) -> Response:
    own_words = words[supported_language(language or person.wanted_language)]
    preferences = person.preferences
    kinds = {
        kind: KindOut(
            label=own_words.kinds[kind].label,
            audience=RULES[kind].audience,
            mail=preferences.frequency(kind, Channel.MAIL),
            inbox=preferences.frequency(kind, Channel.INBOX),
            default={channel: RULES[kind].default(channel) for channel in Channel},
        )
        for kind in Kind
    }
    told = PreferencesOut(
        kinds=kinds,
        allowed=ALLOWED,
        digest_at=DIGEST_HOUR.isoformat("minutes"),
        time_zone=person.time_zone or "UTC",
    )
    return JsonResponse(told, headers={"ETag": etag(person.preferences_version)})
