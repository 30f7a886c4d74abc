"""What the doctor finds: what is so, in words, and what mends it."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Weight(StrEnum):
    """``wrong`` needs somebody now; a ``note`` is for whoever looks, and leaves the exit code alone."""

    WRONG = "wrong"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be. ``code`` is stable, ``where`` names a service or server, ``mend`` says
    what to do, and ``command`` is what to type, if that is all.
    """

    code: str
    where: str
    says: str
    mend: str
    command: str = ""
    weight: Weight = Weight.WRONG

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def lasting(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        number = int(seconds // size)
        if number:
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "less than a second"


def counted(number: float, one: str, many: str = "") -> str:
    """Return ``3 events``."""
    return f"{int(number)} {one if number == 1 else many or one + 's'}"
