"""When a record of this repository changed, in whole seconds, such that no harvest can miss a change.

A practice's row is written with the time at which its transaction began, and is seen when that commits; MongoDB ends
a transaction after 60 seconds (``transactionLifetimeLimitSeconds``). A datestamp is therefore the moment when the
change is sure to be seen by everybody: the next whole second, ``SETTLED`` later. Records whose datestamp lies ahead are
not listed yet. So, of what any answer leaves out, nothing has a datestamp before the answer's ``responseDate``: a
harvester that goes on from there, or from the last datestamp that it saw, gets everything.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from services.syndication.oai.protocol import Code, OaiError

# A transaction's longest life, and five seconds that the clocks of two replicas may differ by.
SETTLED: Final = timedelta(seconds=65)
_SECOND: Final = timedelta(seconds=1)
_DAY_FORM: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECOND_FORM: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def datestamp(changed_at: datetime) -> datetime:
    """Return the datestamp of a record that changed then."""
    whole = changed_at.replace(microsecond=0)
    return whole + (_SECOND if whole < changed_at else timedelta()) + SETTLED


def changed_after(since: datetime) -> datetime:
    """Return the time after which records changed whose datestamp is ``since`` (whole seconds) or later."""
    return since - SETTLED - _SECOND


def changed_until(until: datetime) -> datetime:
    """Return the time until which records changed whose datestamp is ``until`` (whole seconds) or earlier."""
    return until - SETTLED


def written(moment: datetime) -> str:
    """Return a UTCdatetime (section 3.3.1)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def interval(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Read ``from`` and ``until``, both inclusive. Raises OaiError with ``badArgument``."""
    if since and until and len(since) != len(until):
        raise OaiError(Code.BAD_ARGUMENT, "Write from and until alike: both as days, or both with seconds.")
    first = None if since is None else max(_read("from", since), _EARLIEST)
    last = None if until is None else max(_read("until", until), _EARLIEST)
    if last is not None and until is not None and _DAY_FORM.fullmatch(until):
        last += timedelta(days=1) - _SECOND
    if first and last and first > last:
        raise OaiError(Code.BAD_ARGUMENT, "from is later than until.")
    return first, last


def _read(name: str, text: str) -> datetime:
    try:
        if _DAY_FORM.fullmatch(text) and text.isascii():
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        if _SECOND_FORM.fullmatch(text) and text.isascii():
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise OaiError(Code.BAD_ARGUMENT, f"Write {name} as YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, in UTC.")
