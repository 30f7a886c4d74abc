"""What a form brought, once it is sure that it is one of ours.

Every unsafe request is checked twice: its origin is ours (``Sec-Fetch-Site`` or ``Origin``), and it carries the token
that only our pages of this session hold. A form of somebody who is not signed in has nothing to protect but its origin.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from services.web.session.person import Session
from services.web.session.seal import Seal
from shared.errors import Forbidden

MOST_FIELDS = 2000
MOST_FILES = 20
LARGEST_FIELD = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The fields of a form. Texts come with line ends as they are kept, a line feed each."""

    data: FormData

    def text(self, name: str, default: str = "") -> str:
        value = self.data.get(name)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else default

    def texts(self, name: str) -> list[str]:
        """The values of a field that comes several times, empty ones left out."""
        return [value.strip() for value in self.data.getlist(name) if isinstance(value, str) and value.strip()]

    def has(self, name: str) -> bool:
        return name in self.data

    def names(self, prefix: str = "") -> Sequence[str]:
        """The names of the fields that begin so, each once, in the order of the form."""
        return list(dict.fromkeys(name for name in self.data if name.startswith(prefix)))

    def file(self, name: str) -> UploadFile | None:
        value = self.data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    @property
    def once(self) -> str | None:
        """The Idempotency-Key that the page drew for this form."""
        return self.text("once") or None


async def posted(request: Request) -> Posted:
    """Read the form of a request. Raises Forbidden when it did not come from a page of ours."""
    site = request.app.state.site
    if not site.is_ours(request):
        raise Forbidden("This form did not come from a page of ours.")
    data = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LARGEST_FIELD)
    token = data.get("csrf") or request.headers.get("x-csrf")
    session = await site.session_of(request)
    if session and not (isinstance(token, str) and _is_token(token, site.seal, session)):
        raise Forbidden("This page is too old or was opened before you signed in.")
    return Posted(data=data)


def csrf_token(seal: Seal, session: Session) -> str:
    """Return a token for the forms of one page of a session."""
    salt = secrets.token_hex(8)
    return f"{salt}.{seal.signature('csrf', f'{salt}.{session.key}')}"


def _is_token(token: str, seal: Seal, session: Session) -> bool:
    salt, _, signature = token.partition(".")
    return seal.signed("csrf", f"{salt}.{session.key}", signature)


Form = Annotated[Posted, Depends(posted)]
