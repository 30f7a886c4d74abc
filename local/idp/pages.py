"""The provider's few pages, and the headers that keep them safe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

FOLDER = Path(__file__).with_name("templates")


class Pages:
    """Renders the templates; everything put into them is escaped."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def page(
        self,
        template: str,
        *,
        status: int = 200,
        goes_to: str | None = None,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> HTMLResponse:
        """Return one page. ``goes_to`` is where its form may end up: browsers hold redirects to ``form-action`` too."""
        return HTMLResponse(
            self._templates.get_template(template).render(**values),
            status_code=status,
            headers={**(headers or {}), "Content-Security-Policy": _policy(goes_to)},
        )

    def message(self, title: str, text: str, *, status: int = 200) -> HTMLResponse:
        return self.page("message.html", status=status, title=title, text=text)


def _policy(goes_to: str | None) -> str:
    targets = "'self'"
    if goes_to:
        address = urlsplit(goes_to)
        targets += f" {address.scheme}://{address.netloc}"
    return f"default-src 'none'; style-src 'self'; form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
