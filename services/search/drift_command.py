"""``python -m services.search drift [--repair]``: compare the index of this folder with the record.

It only reads, also while a replica serves from the folder. With ``--repair`` that replica is asked, by a file beside
the index, to build another one from the catalogue. The exit code is 0 where nothing differs, 1 where something does,
and 2 where nothing could be compared.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

import httpx

from services.search.drift import Drift, Record, compare
from services.search.index import IndexBroken, open_index
from services.search.labels import Labels
from services.search.settings import SearchSettings
from services.search.shelf import ask_for_new, current_folder
from shared.clock import utc_now
from shared.settings import read_settings
from shared.vocabulary import Vocabularies

_SHOWN = 20


def main(given: list[str]) -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.search drift", description=__doc__)
    parser.add_argument("--repair", action="store_true", help="have another index built where something differs")
    chosen = parser.parse_args(given)
    settings = read_settings(SearchSettings)
    try:
        drift = asyncio.run(_compared(settings))
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return _fail(f"the record at {settings.submissions_url} does not answer: {error!r}")
    except IndexBroken as error:
        return _fail(f"the index in {settings.index_dir} cannot be read: {error}")
    _tell(drift)
    if drift.ids and chosen.repair:
        try:
            ask_for_new(settings.index_dir)
        except OSError as error:
            return _fail(f"{settings.index_dir} takes no file: {error}")
        _say("The replica that serves from here builds another index.")
    return 1 if drift.ids else 0


async def _compared(settings: SearchSettings) -> Drift:
    folder = current_folder(settings.index_dir)
    index = open_index(folder, labels=Labels(Vocabularies.load()), fixed=True)
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        recorded = await Record(http, str(settings.submissions_url)).versions()
    return compare(recorded, index.snapshot, utc_now())


def _tell(drift: Drift) -> None:
    _say(f"{drift.practices} practices are public; {len(drift.ids)} differ in the index.")
    for what, ids in (("missing", drift.missing), ("other version", drift.differing), ("left over", drift.left_over)):
        for one in ids[:_SHOWN]:
            _say(f"{what}: {one}")
        if len(ids) > _SHOWN:
            _say(f"{what}: and {len(ids) - _SHOWN} more")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _fail(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 2
