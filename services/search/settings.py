"""What an operator sets for search, beside what every service needs. Search keeps nothing in MongoDB."""

from pathlib import Path

from pydantic import Field

from shared.settings import Settings


class SearchSettings(Settings):
    """``index_dir`` is the folder of this replica's own index; it may be lost at any time and is then made anew."""

    port: int = Field(default=8103, ge=1, le=65535)
    index_dir: Path = Path(".data/search")
    search_threads: int = Field(default=2, ge=1, le=32)
