"""The mailbox to look into: pages for people, ``/api/messages`` for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from local.loopback import Loopback
from local.mailbox.letters import Letter, Letters, body

FOLDER = Path(__file__).with_name("templates")
STYLE = Path(__file__).parent.parent / "idp" / "templates" / "style.css"
SHOWN = 200
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'"
# A letter is foreign text: it may show its own styles and inlined pictures, and do nothing.
LETTER_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def build_mailbox(letters: Letters) -> FastAPI:
    """Return the application that shows ``letters``."""
    templates = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    app = FastAPI(title="Demo mailbox", openapi_url=None)
    app.add_middleware(Loopback)
    _pages(app, letters, templates)
    _api(app, letters)

    @app.get("/style.css")
    async def style() -> Response:
        return FileResponse(STYLE, media_type="text/css")

    return app


def _pages(app: FastAPI, letters: Letters, templates: Environment) -> None:
    def page(template: str, **values: object) -> Response:
        html = templates.get_template(template).render(**values)
        return HTMLResponse(html, headers={"Content-Security-Policy": PAGE_POLICY})

    @app.get("/")
    async def listing(to: Annotated[str, Query(max_length=200)] = "") -> Response:
        return page("list.html", letters=list(_sent_to(letters, to))[:SHOWN], total=len(letters), to=to)

    @app.get("/messages/{letter_id}")
    async def show(letter_id: str) -> Response:
        letter = _found(letters, letter_id)
        message = letters.parsed(letter)
        return page(
            "letter.html",
            letter=letter,
            headers=[(name, str(value)) for name, value in message.items()],
            text=body(message, "plain"),
            has_html=body(message, "html") is not None,
        )

    @app.get("/messages/{letter_id}/html")
    async def html(letter_id: str) -> Response:
        text = body(letters.parsed(_found(letters, letter_id)), "html") or ""
        headers = {"Content-Security-Policy": LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(text, headers=headers)

    @app.get("/messages/{letter_id}/raw")
    async def raw(letter_id: str) -> Response:
        return PlainTextResponse(letters.raw(_found(letters, letter_id)))


def _api(app: FastAPI, letters: Letters) -> None:
    @app.get("/api/messages")
    async def messages(
        to: Annotated[str, Query(max_length=200)] = "",
        after: Annotated[int, Query(ge=0, description="only letters with a larger number")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        found = [letter for letter in _sent_to(letters, to) if letter.number > after]
        return {"total": len(found), "messages": [asdict(letter) for letter in found[:limit]]}

    @app.get("/api/messages/{letter_id}")
    async def message(letter_id: str) -> dict[str, Any]:
        letter = _found(letters, letter_id)
        return asdict(letter) | _contents(letters.parsed(letter))

    @app.delete("/api/messages", status_code=204)
    async def throw_away() -> None:
        letters.throw_all_away()


def _contents(message: EmailMessage) -> dict[str, Any]:
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "text": body(message, "plain"),
        "html": body(message, "html"),
    }


def _sent_to(letters: Letters, address: str) -> Iterator[Letter]:
    return (letter for letter in letters if not address or address in letter.recipients)


def _found(letters: Letters, letter_id: str) -> Letter:
    letter = letters.get(letter_id)
    if letter is None:
        raise HTTPException(404, "There is no such letter; old ones are thrown away.")
    return letter
