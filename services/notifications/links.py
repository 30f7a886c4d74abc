"""Where a mail or an inbox entry leads: pages of the site, named by ids and never by a person."""

from urllib.parse import quote, urlsplit

from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import RULES, Audience, Kind

_ROOMS = {
    Kind.PUBLISHED: "practices",
    Kind.AGREED: "practices",
    Kind.AGREEMENT_RETRACTED: "practices",
    Kind.SEARCH_MATCHED: "practices",
    Kind.WEBHOOK_DISABLED: "webhooks",
}


class Links:
    """``web_url`` is where people read the site, ``unsubscribe_url`` where ``/unsubscribe`` is reached from outside."""

    def __init__(self, web_url: str, unsubscribe_url: str) -> None:
        self._web = web_url.rstrip("/")
        self._unsubscribe = unsubscribe_url.rstrip("/")

    @property
    def inbox(self) -> str:
        return f"{self._web}/inbox"

    @property
    def preferences(self) -> str:
        return f"{self._web}/preferences"

    def unsubscribe(self, token: str) -> str:
        return f"{self._unsubscribe}/{token}"

    def unsubscribe_path(self, token: str) -> str:
        """Return the path of that page, for its own forms."""
        return f"{urlsplit(self._unsubscribe).path}/{token}"

    def stop_search(self, stop: str) -> str:
        """Return the page that stops the alerts of one saved search; it is of the site, as saved searches are."""
        return f"{self._web}/searches/stop/{quote(stop, safe='')}"

    def about(self, kind: Kind, facts: Facts) -> str:
        """Return the page on which the reader of this kind can act on it."""
        if RULES[kind].audience is not Audience.AUTHOR and facts.case_id:
            return f"{self._web}/cases/{quote(facts.case_id, safe='')}"
        return f"{self._web}/{_ROOMS.get(kind, 'contributions')}/{quote(facts.contribution_id, safe='')}"
