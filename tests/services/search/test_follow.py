"""What following the catalogue tells who runs it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog
from structlog.testing import LogCapture

from services.search.follow import APART_SECONDS, CROWD_SECONDS, Follower, seconds_to_next
from services.search.lag import Progress
from shared.bus.reading import Message, StoredStream
from shared.bus.topology import CATALOGUE
from shared.clock import utc_now
from shared.events.practices import Agreement, JointActionAgreed, JointActionAgreementRetracted
from tests.services.search.making import NOW, Publisher, body, ids, index_of, practice, search


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


async def test_what_becomes_of_a_joint_action_leaves_it_to_be_found(publisher: Publisher, tmp_path: Path) -> None:
    made = practice("it", kind="joint_action")
    agreement = Agreement(agreed_on=NOW.date(), parties=("A body",))
    agreed = JointActionAgreed(practice=made.model_copy(update={"agreement": agreement}))
    with ThreadPoolExecutor(1) as writing:
        index, catalogue = index_of(tmp_path / "index"), StoredStream(publisher.connection, CATALOGUE)
        log = structlog.wrap_logger(None, processors=[LogCapture()])
        follower = Follower(index, catalogue, progress=Progress(utc_now), writing=writing, log=log)
        await follower.catch_up()
        for said, event in enumerate((agreed, JointActionAgreementRetracted(practice=made)), 1):
            await follower.catch_up(await publisher.send("it", body(event, "it", said)))
            assert ids(search(index.snapshot)) == ["it"], "the catalogue has only the latest, so this may be the first"


def message(*, behind: int = 0) -> Message:
    return Message(sequence=1, stored=NOW, behind=behind, subject="catalogue.it", body=b"", headers={})


def test_what_comes_in_a_crowd_shares_a_commit_longer_and_a_backlog_waits_for_nothing() -> None:
    assert seconds_to_next([message()]) == APART_SECONDS
    assert seconds_to_next([message(behind=1), message()]) == CROWD_SECONDS > APART_SECONDS
    assert seconds_to_next([message(behind=2), message(behind=1)]) == 0
