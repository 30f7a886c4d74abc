"""From a row of the ledger to a letter, with what its reader wants and is called by now; or the reason to send none."""

from dataclasses import replace

from services.notifications.domain.digest import Digest
from services.notifications.domain.ledger import message_id
from services.notifications.domain.person import Person
from services.notifications.domain.preferences import scope_of
from services.notifications.domain.schedule import zone
from services.notifications.links import Links
from services.notifications.message import Letter
from services.notifications.render import Reader, Renderer
from services.notifications.settings import NotificationSettings
from services.notifications.store.deliveries import Delivery
from services.notifications.words import supported_language
from shared.clock import Clock


class Unwanted(Exception):
    """Its reader has turned this off since it was queued."""


class Composer:
    def __init__(self, settings: NotificationSettings, renderer: Renderer, links: Links, *, clock: Clock) -> None:
        self._sender_name = settings.sender_name
        self._sender = settings.sender_address
        self._domain = settings.mail_domain
        self._renderer = renderer
        self._links = links
        self._clock = clock

    def letter(self, delivery: Delivery, person: Person) -> Letter:
        """Return the letter to somebody who can be reached; raises Unwanted."""
        address = person.address
        if address is None:
            raise ValueError("there is no address to write to")
        reader = reader_of(person)
        unsubscribe = self._unsubscribe(delivery, person)
        thread = None
        if delivery.digest is not None:
            digest = _still_wanted(delivery.digest, person)
            written = self._renderer.digest(digest, reader, unsubscribe=unsubscribe)
        elif delivery.kind is not None and delivery.facts is not None:
            if not person.wants_mail(delivery.kind):
                raise Unwanted
            written = self._renderer.mail(delivery.kind, delivery.facts, reader, unsubscribe=unsubscribe)
            thread = message_id(delivery.facts.contribution_id, self._domain)
        else:
            raise ValueError(f"{delivery.key} tells nothing")
        return Letter(
            message_id=message_id(delivery.key, self._domain),
            date=self._clock(),
            sender_name=self._sender_name,
            sender=self._sender,
            recipient_name=person.name,
            recipient=address,
            language=reader.language,
            subject=written.subject,
            text=written.text,
            html=written.html,
            unsubscribe=unsubscribe,
            thread=thread,
        )

    def _unsubscribe(self, delivery: Delivery, person: Person) -> str:
        """Return what stops its like: of a saved search that search alone, else all mails of the kind."""
        if delivery.facts is not None and delivery.facts.search_stop:
            return self._links.stop_search(delivery.facts.search_stop)
        return self._links.unsubscribe(person.token(scope_of(delivery.kind)))


def reader_of(person: Person, language: str | None = None) -> Reader:
    """Return how to write to a person, in their language unless another is asked for."""
    wanted = supported_language(language or person.wanted_language)
    return Reader(name=person.name, language=wanted, zone=zone(person.time_zone))


def _still_wanted(digest: Digest, person: Person) -> Digest:
    wanted = tuple(line for line in digest.shown if person.wants_mail(line.kind))
    if not wanted:
        raise Unwanted
    return replace(digest, shown=wanted)
