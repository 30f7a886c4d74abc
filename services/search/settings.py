"""What an operator sets for search, beside what every service needs."""

from pathlib import Path

from pydantic import Field
from pydantic_core import Url

from shared.rates.settings import RateSettings
from shared.settings import HttpUrl, Settings


class SearchSettings(Settings, RateSettings):
    """``index_dir`` is the folder of this replica's own index; it may be lost at any time and is then made anew.

    ``web_url`` is where people read the site: feeds have their addresses there. The database holds saved searches and
    what is learned from use; queries are answered without it. Every ``drift_minutes`` the index is compared with
    the list of practices at ``submissions_url``. ``search_threads`` is how many queries are worked on at once; each has
    another thread that counts its facets meanwhile.
    """

    database: str = Field(min_length=1, max_length=63, default="practice_exchange_search")
    port: int = Field(default=8103, ge=1, le=65535)
    index_dir: Path = Path(".data/search")
    web_url: HttpUrl = Url("http://127.0.0.1:8105")
    submissions_url: HttpUrl = Url("http://127.0.0.1:8101")
    drift_minutes: float = Field(default=60, gt=0, le=7 * 24 * 60)
    search_threads: int = Field(default=2, ge=1, le=32)
