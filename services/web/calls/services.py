"""The services, each ready to be called for one visit."""

from dataclasses import dataclass
from typing import Self

import httpx

from services.web.calls.api import Api, Watch
from services.web.settings import WebSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    submissions: Api
    review: Api
    search: Api
    notifications: Api
    syndication: Api
    watch: Watch

    @classmethod
    def of(
        cls,
        http: httpx.AsyncClient,
        settings: WebSettings,
        *,
        token: str | None,
        language: str,
        caller: str | None = None,
    ) -> Self:
        """``caller`` is the visitor's address, where the services count how often one asks."""
        watch = Watch()

        def api(url: object) -> Api:
            return Api(http, str(url), token=token, language=language, watch=watch, caller=caller)

        return cls(
            submissions=api(settings.submissions_url),
            review=api(settings.review_url),
            search=api(settings.search_url),
            notifications=api(settings.notifications_url),
            syndication=api(settings.syndication_url),
            watch=watch,
        )
