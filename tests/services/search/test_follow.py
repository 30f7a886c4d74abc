"""What following the catalogue tells who runs it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog
from structlog.testing import LogCapture

from services.search.follow import Follower
from services.search.lag import Progress
from shared.bus.reading import StoredStream
from shared.bus.topology import CATALOGUE
from shared.clock import utc_now
from tests.services.search.making import Publisher, index_of, practice


async def test_the_log_says_what_happened_to_a_practice(publisher: Publisher, tmp_path: Path) -> None:
    seen = LogCapture()
    log = structlog.wrap_logger(None, processors=[seen])
    with ThreadPoolExecutor(1) as writing:
        index, catalogue = index_of(tmp_path / "index"), StoredStream(publisher.connection, CATALOGUE)
        follower = Follower(index, catalogue, progress=Progress(utc_now), writing=writing, log=log)
        await follower.catch_up()
        await follower.catch_up(await publisher.publish(practice("it")))
        await follower.catch_up(await publisher.withdraw("it"))
    told = [(entry["event"], entry["practice_id"]) for entry in seen.entries]
    assert told == [("practice can be found", "it"), ("practice taken out of search", "it")]
