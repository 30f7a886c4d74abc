"""What an operator sets for syndication, beside what every service needs."""

from pydantic import Field
from pydantic_core import Url

from shared.settings import HttpUrl, Settings


class SyndicationSettings(Settings):
    """``web_url`` is where people read the site; ``own_url`` is where other systems reach this service."""

    database: str = Field(min_length=1, max_length=63, default="practice_exchange_syndication")
    port: int = Field(default=8106, ge=1, le=65535)

    web_url: HttpUrl = Url("http://127.0.0.1:8105")
    own_url: HttpUrl = Url("http://127.0.0.1:8106")
