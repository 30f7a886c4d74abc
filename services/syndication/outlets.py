"""Feeds, sitemaps and harvesting, put together: the ways out over HTTP that everybody may read."""

from typing import Final

from fastapi import APIRouter

from services.syndication.feeds.atom import Place
from services.syndication.feeds.routes import FeedRoutes
from services.syndication.oai.repository import About, Repository, Sizes
from services.syndication.oai.routes import HarvestRoutes
from services.syndication.oai.tokens import Tokens
from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from shared.clock import Clock

OPEN_PATHS: Final = ("/feed.atom", "/oai")


def outlet_routes(
    records: Records, settings: SyndicationSettings, *, clock: Clock, sizes: Sizes | None = None
) -> tuple[APIRouter, ...]:
    """Return the routes. ``sizes`` are how much a page of a harvest holds."""
    own, web = str(settings.own_url).rstrip("/"), str(settings.web_url).rstrip("/")
    domain, practices = settings.repository_domain, str(settings.submissions_url).rstrip("/")
    place = Place(domain=domain, own_url=own, web_url=web, practices_url=practices)
    about = About(
        name="Practice Exchange",
        base_url=f"{own}/oai",
        domain=domain,
        admin_email=settings.admin_email or f"postmaster@{domain}",  # RFC 2142, section 5
    )
    repository = Repository(records.shelf, Tokens(records.keys), about, clock, sizes or Sizes())
    return (
        FeedRoutes(records.shelf, place, clock).router(),
        HarvestRoutes(repository, about, clock).router(),
    )
