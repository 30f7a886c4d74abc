"""Keep a copy of all records of an OAI-PMH repository, and bring it up to date each time this runs.

    python harvest.py http://127.0.0.1:8106/oai records.db [--prefix mods] [--set country:FI]

Needs Python 3.11 and nothing else. The copy is an SQLite file with one row a record: its identifier, its datestamp,
whether it was deleted, and its metadata as XML. The first run takes everything, later ones what changed since. It may
be stopped at any moment: what was taken is kept, and the next run goes on from there.
"""

import argparse
import sqlite3
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator

OAI = "{http://www.openarchives.org/OAI/2.0/}"
TRIES = 5
SECONDS = 60
BUSY = 503


class Refused(Exception):
    """The repository's refusal: its code and its words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", help="its base URL")
    parser.add_argument("database", help="the file to keep the records in")
    parser.add_argument("--prefix", default="oai_dc", help="the format of metadata (oai_dc, mods)")
    parser.add_argument("--set", help="only this set, such as country:FI")
    wanted = parser.parse_args()
    arguments = {"metadataPrefix": wanted.prefix} | ({"set": wanted.set} if wanted.set else {})
    with sqlite3.connect(wanted.database) as copy:
        copy.execute("CREATE TABLE IF NOT EXISTS records (id PRIMARY KEY, datestamp, deleted, metadata)")
        copy.execute("CREATE TABLE IF NOT EXISTS place (what PRIMARY KEY, since)")
        try:
            changed = harvest(wanted.repository, arguments, copy)
        except (Refused, OSError, ET.ParseError) as error:
            print(f"{wanted.repository}: {error}", file=sys.stderr)
            return 1
        (total,) = copy.execute("SELECT count(*) FROM records WHERE NOT deleted").fetchone()
        print(f"{changed} changed, {total} in all")
    copy.close()
    return 0


def harvest(repository: str, arguments: dict[str, str], copy: sqlite3.Connection) -> int:
    """Take what changed since the last time; return how many records came."""
    what = f"{repository} {sorted(arguments.items())}"
    row = copy.execute("SELECT since FROM place WHERE what = ?", (what,)).fetchone()
    since = row[0] if row else ""
    changed = 0
    for page in pages(repository, arguments | ({"from": since} if since else {})):
        for record in page.iter(f"{OAI}record"):
            header = record.find(f"{OAI}header")
            metadata = record.find(f"{OAI}metadata")
            assert header is not None
            datestamp = header.findtext(f"{OAI}datestamp", "")
            text = "" if metadata is None else ET.tostring(metadata[0], encoding="unicode")
            copy.execute(
                "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)",
                (header.findtext(f"{OAI}identifier"), datestamp, header.get("status") == "deleted", text),
            )
            since = max(since, datestamp)
            changed += 1
        # Records come in the order in which they changed, so the last datestamp is where a later run goes on:
        # from is inclusive, so that nothing of the same second is missed, and a record that comes again does no harm.
        copy.execute("INSERT OR REPLACE INTO place VALUES (?, ?)", (what, since))
        copy.commit()
    return changed


def pages(repository: str, arguments: dict[str, str]) -> Iterator[ET.Element]:
    """Yield the parts of a list. A token that is no longer good ends it: the next run goes on by datestamp."""
    try:
        while True:
            page = ask(repository, {"verb": "ListRecords", **arguments})
            yield page
            token = page.findtext(f".//{OAI}resumptionToken")
            if not token:
                return
            arguments = {"resumptionToken": token}
    except Refused as refused:
        if refused.code not in {"noRecordsMatch", "badResumptionToken"}:
            raise


def ask(repository: str, query: dict[str, str]) -> ET.Element:
    """Return the answer; raise Refused with what the repository says. Waits and tries again when it is busy."""
    address = f"{repository}?{urllib.parse.urlencode(query)}"
    for attempt in range(1, TRIES + 1):
        try:
            with urllib.request.urlopen(address, timeout=SECONDS) as answer:
                page = ET.parse(answer).getroot()
            break
        except urllib.error.HTTPError as error:
            if error.code != BUSY or attempt == TRIES:
                raise
            time.sleep(float(error.headers.get("Retry-After") or 2**attempt))
    refusal = page.find(f"{OAI}error")
    if refusal is not None:
        raise Refused(refusal.get("code", ""), refusal.text or "")
    return page


if __name__ == "__main__":
    sys.exit(main())
