"""The letters that arrived, as files: the raw bytes, and beside them what a list shows."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from shared.ids import new_id

MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter as it was handed over. ``number`` counts up and is never given again; ``at`` is RFC 3339."""

    id: str
    number: int
    at: str
    sender: str
    recipients: list[str]
    subject: str
    bytes: int


class Letters:
    """The newest ``most`` letters in a folder; older ones are thrown away."""

    def __init__(self, folder: Path, *, most: int = MOST) -> None:
        self._folder = folder
        self._most = most
        folder.mkdir(parents=True, exist_ok=True)
        stored = sorted((_read(file) for file in folder.glob("*.json")), key=lambda letter: letter.number)
        self._letters = OrderedDict((letter.id, letter) for letter in stored)

    def __iter__(self) -> Iterator[Letter]:
        """The letters, the newest first."""
        return reversed(self._letters.values())

    def __len__(self) -> int:
        return len(self._letters)

    def get(self, letter_id: str) -> Letter | None:
        return self._letters.get(letter_id)

    def raw(self, letter: Letter) -> bytes:
        """The bytes as they came over the wire."""
        return self._file(letter, "eml").read_bytes()

    def parsed(self, letter: Letter) -> EmailMessage:
        return _parsed(self.raw(letter))

    def keep(self, sender: str, recipients: list[str], raw: bytes) -> Letter:
        """Store one letter; it is on disk when this returns."""
        last = next(reversed(self._letters.values()), None)
        letter = Letter(
            id=new_id(),
            number=last.number + 1 if last else 1,
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            sender=sender,
            recipients=recipients,
            subject=str(_parsed(raw)["subject"] or ""),
            bytes=len(raw),
        )
        self._file(letter, "eml").write_bytes(raw)
        self._file(letter, "json").write_text(json.dumps(asdict(letter), ensure_ascii=False), "utf-8")
        self._letters[letter.id] = letter
        while len(self._letters) > self._most:
            self._throw_away(next(iter(self._letters.values())))
        return letter

    def throw_all_away(self) -> None:
        for letter in tuple(self._letters.values()):
            self._throw_away(letter)

    def _throw_away(self, letter: Letter) -> None:
        del self._letters[letter.id]
        for ending in ("json", "eml"):
            self._file(letter, ending).unlink(missing_ok=True)

    def _file(self, letter: Letter, ending: str) -> Path:
        return self._folder / f"{letter.id}.{ending}"


def body(message: EmailMessage, kind: str) -> str | None:
    """Return the text or HTML part (``kind`` is plain or html) of a letter, if it has one."""
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else None


def _parsed(raw: bytes) -> EmailMessage:
    message: EmailMessage = message_from_bytes(raw, policy=policy.default)
    return message


def _read(file: Path) -> Letter:
    return Letter(**json.loads(file.read_text("utf-8")))
