"""What the person at the terminal reads: plain lines, a tidy list of addresses, a progress bar where it takes long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local.addresses import SERVICES
from local.idp.accounts import PASSWORD, Accounts
from local.memory import memory

if TYPE_CHECKING:
    from local.house import House


class Step(Protocol):
    """Call it when one more is done."""

    def __call__(self) -> None: ...


class Words:
    """Writes to a terminal; to a file or pipe it writes the same lines without colours and moving bars."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    def line(self, text: str = "") -> None:
        self._console.print(text, markup=False)

    def head(self, text: str) -> None:
        self._console.print(f"\n{text}", style="bold", markup=False)

    def good(self, text: str) -> None:
        self._console.print(f"  ✓ {text}", style="green", markup=False)

    def bad(self, text: str) -> None:
        self._console.print(f"  ✗ {text}", style="red", markup=False)

    def wrong(self, title: str, details: Iterable[str]) -> None:
        self._console.print(title, style="bold red", markup=False)
        for detail in details:
            self._console.print(f"  - {detail}", markup=False)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Step]:
        """Show how many of ``total`` are done while inside; lines written meanwhile appear above."""
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True, disable=not self._console.is_terminal) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)


def welcome(words: Words, house: House, *, seconds: float) -> None:
    """Say that everything runs, and where."""
    words.line(f"Ready after {seconds:.1f} s. {memory(house)}.")
    words.head("Addresses")
    rows = [("web", f"{house.address('web')}/   ← begin here")]
    rows += [(name, f"{house.address(name)}/openapi.json") for name in SERVICES if name != "web"]
    rows.append(("sign-in", house.issuer))
    if house.mailbox:
        rows.append(("mailbox", house.mailbox))
    rows += [("MongoDB", house.mongodb_url), ("NATS", house.nats_url), ("mail", house.smtp_url)]
    rows.append(("logs", str(house.data / "logs")))
    for name, address in rows:
        words.line(f"  {name:<14} {address}")
    if "nats-server" in house.processes:
        words.head("Let another system read the public events from NATS (partners --help tells more)")
        command = f".venv/bin/python -m local partners --data {house.data}"
        words.line(f"  {command} add acme --organisation Acme --contact me@acme.example")
    words.head(f"Demo accounts (password: {PASSWORD})")
    for person in Accounts.load():
        words.line(f"  {person.login:<23} {', '.join(person.roles):<17} {person.name}, {person.organisation_name}")
