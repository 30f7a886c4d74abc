"""Forms as a browser without scripts sees them: read from the page, filled in, and sent with the button one presses."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@dataclass(slots=True)
class Sheet:
    """One form. ``fields`` are what would be sent; ``choices`` the values each box, button or list offers."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def fill(self, **values: Any) -> Sheet:
        """Write into fields (dots of their names as two underscores); lists tick boxes. A field must be there."""
        return self.write({name.replace("__", "."): value for name, value in values.items()})

    def write(self, values: dict[str, Any]) -> Sheet:
        for name, value in values.items():
            assert name in self.fields or name in self.choices, f"no field {name}: {sorted(self.fields)}"
            wanted = value if isinstance(value, list) else [value]
            if name in self.choices:
                assert set(wanted) <= set(self.choices[name]), f"{name} offers {self.choices[name]}"
            self.fields[name] = wanted
        return self


class Reader(HTMLParser):
    """Reads the forms of a page, and every id on it. What stands in a template is not there."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[Sheet] = []
        self.ids: list[str] = []
        self._sheet: Sheet | None = None
        self._templates = 0
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._templates += tag == "template"
        if self._templates:
            return
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "form":
            self._sheet = Sheet(given.get("action", ""))
            self.sheets.append(self._sheet)
        elif self._sheet is not None:
            self._control(tag, given, self._sheet)

    def _control(self, tag: str, given: dict[str, str], sheet: Sheet) -> None:
        name = given.get("name", "")
        if tag == "button" and name:
            sheet.buttons.append((name, given.get("value", "")))
        elif tag == "textarea":
            self._area = name
            sheet.fields[name] = [""]
        elif tag == "select":
            self._select = name
            sheet.choices[name] = []
        elif tag == "option" and self._select:
            sheet.choices[self._select].append(given.get("value", ""))
            if "selected" in given:
                sheet.fields[self._select] = [given["value"]]
        elif tag == "input" and given.get("type") in ("radio", "checkbox"):
            sheet.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                sheet.fields.setdefault(name, []).append(given.get("value", "on"))
        elif tag == "input" and name and given.get("type") != "file":
            sheet.fields[name] = [given.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        self._templates -= tag == "template"
        if tag == "select" and self._sheet and self._select:
            self._sheet.fields.setdefault(self._select, self._sheet.choices[self._select][:1])
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area
        self._sheet = None if tag == "form" else self._sheet

    def handle_data(self, data: str) -> None:
        if self._area and self._sheet and not self._templates:
            self._sheet.fields[self._area] = [self._sheet.fields[self._area][0] + data]


def sheets(page: httpx.Response) -> list[Sheet]:
    """Return the forms of a page, the one for signing out left out."""
    assert page.is_success or page.status_code in (409, 422), f"{page.url}: {page.status_code}"
    reader = Reader()
    reader.feed(page.text)
    for one in reader.sheets:
        for name, values in one.fields.items():
            one.fields[name] = [value.removeprefix("\n") for value in values]  # the first line break of a textarea
    return [one for one in reader.sheets if one.action != "/sign-out"]


def sheet(page: httpx.Response, place: int = 0) -> Sheet:
    return sheets(page)[place]


async def send(
    http: httpx.AsyncClient, form: Sheet, do: str | None = None, files: Any = None, **more: Any
) -> httpx.Response:
    """Send a form with one of its buttons; returns the answer itself, a redirection not followed."""
    fields: dict[str, Any] = dict(form.fields)
    if do is not None:
        assert ("do", do) in form.buttons, f"no button {do}: {form.buttons}"
        fields["do"] = [do]
    return await http.post(form.action, data=fields, files=files, **more)


async def follow(http: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """Go where a form that was taken leads."""
    assert answer.status_code == 303, f"{answer.url}: {answer.status_code} {words(answer)}"
    return await http.get(answer.headers["location"])


def words(page: httpx.Response) -> str:
    """The words of a page's content, for messages of tests."""
    parser = _Words()
    parser.feed(page.text)
    return " ".join(" ".join(parser.found).split())[:3000]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)
