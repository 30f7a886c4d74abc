"""What every page of one contribution needs, asked for at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path

from services.web.share.fields import Json
from services.web.share.standing import Standing, languages_of, standings

if TYPE_CHECKING:
    from services.web.page.visit import Visit

ContributionId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
OPEN_STATES = ("draft", "changes_requested")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A contribution as its author sees it, with what completeness says of it."""

    view: Json
    findings: list[Json]
    similar: list[Json]
    states: list[Standing]

    @property
    def content(self) -> Json:
        content: Json = self.view["content"]
        return content

    @property
    def files(self) -> list[Json]:
        """The files, each with what may be absent: its words and its licence."""
        return [{"alt_text": "", "licence": "", **file} for file in self.view["attachments"]]

    @property
    def is_open(self) -> bool:
        """Whether its author may write in it now."""
        return self.view["state"] in OPEN_STATES

    @property
    def frame(self) -> dict[str, Any]:
        """What the templates of every page take."""
        return {
            "contribution_id": self.view["id"],
            "contribution": self.view,
            "content": self.content,
            "states": self.states,
            "source_language": self.content.get("source_language"),
            "languages_of": languages_of(self.content),
        }


async def load(visit: Visit, contribution_id: str) -> Loaded:
    """Read a contribution and what it lacks. Raises Refused (404) when it is somebody else's."""
    api, path = visit.services.submissions, f"/contributions/{contribution_id}"
    view, found = await asyncio.gather(api.get(path), api.get(f"{path}/completeness"))
    findings = list(found["errors"])
    return Loaded(view=view, findings=findings, similar=list(found["similar"]), states=standings(view, findings))
