"""The rooms of the front-end: for each, the routes of its pages."""

from fastapi import APIRouter

from services.web.about.routes import about_routes
from services.web.board.routes import board_routes
from services.web.inbox.routes import inbox_routes, preference_routes, unsubscribe_routes
from services.web.mine.routes import mine_routes
from services.web.reader.routes import reader_routes
from services.web.reuse.routes import reuse_routes
from services.web.reviews.routes import reviews_routes
from services.web.searches.routes import searches_routes
from services.web.share.routes import share_routes
from services.web.subscriptions.routes import subscription_routes


def rooms() -> tuple[APIRouter, ...]:
    return (
        about_routes(),
        inbox_routes(),
        preference_routes(),
        unsubscribe_routes(),
        mine_routes(),
        reader_routes(),
        searches_routes(),
        reuse_routes(),
        reviews_routes(),
        board_routes(),
        share_routes(),
        subscription_routes(),
    )
