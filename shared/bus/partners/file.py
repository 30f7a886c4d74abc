"""The partners file: who may read from NATS. It is the truth; accounts and durables are made from it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from shared.bus.partners.partner import Partner
from shared.errors import Conflict, Invalid, NotFound


class Partners(BaseModel):
    """All partners, by name in the order of the alphabet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partners: tuple[Partner, ...] = ()

    @model_validator(mode="after")
    def _different(self) -> Partners:
        if len({partner.name for partner in self.partners}) < len(self.partners):
            raise ValueError("two partners have the same name")
        return self

    def get(self, name: str) -> Partner:
        """Raises NotFound when there is none of that name."""
        for partner in self.partners:
            if partner.name == name:
                return partner
        raise NotFound(f"there is no partner {name}; 'partners list' names them")

    def with_new(self, partner: Partner) -> Partners:
        """Raises Conflict when the name is taken."""
        if any(known.name == partner.name for known in self.partners):
            raise Conflict(f"there is a partner {partner.name} already; 'partners show {partner.name}' tells about it")
        return Partners(partners=(*self.partners, partner))

    def with_changed(self, partner: Partner) -> Partners:
        return Partners(partners=tuple(partner if one.name == partner.name else one for one in self.partners))

    def without(self, name: str) -> Partners:
        return Partners(partners=tuple(one for one in self.partners if one.name != name))


def read(file: Path) -> Partners:
    """Return who is in the file; nobody when there is no file. Raises Invalid when it is not as it should be."""
    try:
        return Partners.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return Partners()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "as a whole"
        raise Invalid(f"{file}: {place}: {first['msg']}") from error


def write(file: Path, partners: Partners) -> None:
    """Replace the file as a whole."""
    ordered = Partners(partners=tuple(sorted(partners.partners, key=lambda one: one.name)))
    replace(file, json.dumps(ordered.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n", mode=0o600)


def replace(file: Path, text: str, *, mode: int) -> None:
    """Write ``text`` so that a reader finds the old file or the new one, never a part, also after a crash."""
    part = file.with_name(f"{file.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold the file for one change. Raises Conflict while another command does."""
    with file.with_name(f"{file.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(f"another command is changing {file}: try again") from error
        yield
