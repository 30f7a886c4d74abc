"""The Jinja2 environments, one for each language: HTML is escaped, a missing value is an error."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.web.page.assets import Assets
from services.web.page.formats import Formats
from services.web.page.languages import LANGUAGES, OWN_NAMES, Words, direction

FOLDER: Final = Path(__file__).parent.parent / "templates"
_FILTERS: Final = (
    "day",
    "moment",
    "ago",
    "lasting",
    "stamp",
    "number",
    "percent",
    "size",
    "country",
    "language_name",
    "own_name",
    "speaks",
    "prose",
    "listing",
    "said",
)


class Templates:
    """Renders templates in a language."""

    def __init__(self, words: dict[str, Words], assets: Assets) -> None:
        self._environments = {language: _environment(words[language], assets) for language in LANGUAGES}

    def render(self, name: str, language: str, context: dict[str, Any]) -> str:
        return self._environments[language].get_template(name).render(context)


def _environment(words: Words, assets: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    formats = Formats(words.language)
    environment.filters |= {name: getattr(formats, name) for name in _FILTERS}
    environment.globals |= {
        "asset": assets.address,
        "languages": {language: OWN_NAMES[language] for language in LANGUAGES},
        "page_language": words.language,
        "page_direction": direction(words.language),
    }
    return environment
