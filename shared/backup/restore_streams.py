"""Filling streams that hold nothing from a backup, and putting durables where they were.

The streams are new ones: places in the old ones that somebody outside still has (an id of ``GET /events``, a cursor of
the catalogue, a place in an index) name a stream that is gone, so that they are refused and nobody takes the events
after the backup for those they had read. Messages keep their order and what they say. Of their ids (``Nats-Msg-Id``,
by which JetStream knows a repetition for an hour) those of events stay, and those made of sequences are made to differ.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from bson.raw_bson import RawBSONDocument
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from shared.backup.documents import documents
from shared.backup.folder import Durable, Manifest
from shared.backup.progress import Progress
from shared.backup.save_streams import MESSAGE_ID
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, DURABLES, EVENTS, PUBLIC, PUBLIC_SUBJECTS, provision

_TOGETHER: Final = 128  # messages on their way at once, on one connection and so in order
_STORED_SECONDS: Final = 30.0
_FETCH: Final = 256
_FETCH_SECONDS: Final = 5.0
_SOURCED_SECONDS: Final = 60.0
OURS: Final = frozenset(durable.name for durable in DURABLES)


async def holding(js: JetStreamContext) -> list[str]:
    """Return which of the streams hold messages, in words."""
    held = []
    for name in (EVENTS, CATALOGUE, PUBLIC, DEAD_LETTERS):
        try:
            state = (await js.stream_info(name)).state
        except NotFoundError:
            continue
        if state.messages:
            held.append(f"the stream {name} ({state.messages:,} messages)")
    return held


async def restore_streams(
    js: JetStreamContext, folder: Path, manifest: Manifest, progress: Progress, *, replicas: int
) -> None:
    """Make the streams, publish what the backup has of them, and put each durable where it was."""
    await provision(js, replicas=replicas)
    for name in (EVENTS, DEAD_LETTERS):
        rows = (row for piece in manifest.pieces(name) for row in documents(folder, piece.data))
        await _publish(js, name, rows, manifest.id, progress)
    await _public(js)
    await _durables(js, manifest, folder, progress)


async def _publish(
    js: JetStreamContext, stream: str, rows: Iterable[RawBSONDocument], backup: str, progress: Progress
) -> None:
    under_way: deque[asyncio.Future[Any]] = deque()
    count = 0
    for row in rows:
        headers = dict(row["headers"])
        if known := headers.get(MESSAGE_ID):
            headers[MESSAGE_ID] = restored_id(known, backup)
        under_way.append(await js.publish_async(row["subject"], bytes(row["body"]), stream=stream, headers=headers))
        if len(under_way) >= _TOGETHER:
            await asyncio.wait_for(under_way.popleft(), _STORED_SECONDS)
        count += 1
        progress.at(stream, count)
    for stored in under_way:
        await asyncio.wait_for(stored, _STORED_SECONDS)
    progress.done(f"{stream}: {count:,} messages")


def restored_id(known: str, backup: str) -> str:
    """Return the id that a message gets: its own, unless it is made of a sequence, which another will have again."""
    return f"{known}:{backup}" if ":" in known else known


async def _public(js: JetStreamContext) -> None:
    """Wait until ``PUBLIC`` has filled itself from ``EVENTS``."""
    counted = (await js.stream_info(EVENTS, subjects_filter=PUBLIC_SUBJECTS)).state.subjects or {}
    async with asyncio.timeout(_SOURCED_SECONDS):
        while (await js.stream_info(PUBLIC)).state.messages < sum(counted.values()):  # noqa: ASYNC110 - no other way
            await asyncio.sleep(0.05)


async def _durables(js: JetStreamContext, manifest: Manifest, folder: Path, progress: Progress) -> None:
    passed = done_with(manifest, folder)
    for durable in manifest.durables:
        if durable.name not in OURS:
            await js.add_consumer(durable.stream, config_of(durable))
        await _pass(js, durable, passed[durable.name])
        progress.done(f"{durable.name}: goes on after {passed[durable.name]:,} messages")


def config_of(durable: Durable) -> ConsumerConfig:
    """Return what a durable was made with, without what the server wrote there itself."""
    config: ConsumerConfig = ConsumerConfig.from_response(dict(durable.config))
    config.metadata = {key: value for key, value in (config.metadata or {}).items() if not key.startswith("_nats")}
    return config


def done_with(manifest: Manifest, folder: Path) -> dict[str, int]:
    """Return, by durable, how many of the first messages for it in the backup it was done with.

    One that was to begin at a time is done with what is older: all of it is stored anew, after that time.
    """
    durables = [(durable, config_of(durable)) for durable in manifest.durables]
    seen = {durable.name: 0 for durable in manifest.durables}
    done = dict(seen)
    ids: set[str] = set()
    for row in (row for piece in manifest.pieces(EVENTS) for row in documents(folder, piece.data)):
        identifier = row["headers"].get(MESSAGE_ID)
        if identifier in ids:
            continue  # JetStream keeps one of them
        if identifier:
            ids.add(identifier)
        for durable, config in durables:
            if not _is_for(config, row["subject"]):
                continue
            seen[durable.name] += 1
            begins = config.opt_start_time if config.deliver_policy is DeliverPolicy.BY_START_TIME else None
            if (identifier and identifier == durable.after) or (begins and row["stored"] < begins):
                done[durable.name] = seen[durable.name]
    return done


def _is_for(config: ConsumerConfig, subject: str) -> bool:
    filters = config.filter_subjects or [config.filter_subject or ">"]
    return any(subject.startswith(one.removesuffix(">")) if one.endswith(">") else subject == one for one in filters)


async def _pass(js: JetStreamContext, durable: Durable, count: int) -> None:
    """Acknowledge the first messages for a durable. It gets none but those."""
    if not count:
        return
    reader = await js.pull_subscribe_bind(durable.name, stream=durable.stream)
    try:
        while count:
            messages = await reader.fetch(min(count, _FETCH), timeout=_FETCH_SECONDS)
            count -= len(messages)
            for message in messages[:-1]:
                await message.ack()
            await messages[-1].ack_sync(timeout=_FETCH_SECONDS)
    finally:
        await reader.unsubscribe()
