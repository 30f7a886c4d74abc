"""``python -m services.web.catalogues update|check``: what the pages say, gathered for its translators.

Each room has a catalogue of its own: what stands in ``services/web/<room>/`` and ``templates/<room>/`` goes into
``locales/<language>/<room>.po``. ``update`` adds what is new (to be translated by hand), takes out what is gone and
never guesses; ``check`` fails while anything is missing, fuzzy, left over, or lacks a placeholder of its original.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from services.web.page.languages import FOLDER, LANGUAGES, SOURCE

HERE: Final = Path(__file__).parent
TEMPLATES: Final = HERE / "templates"
COMMON: Final = "common"
_KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "n_": (1, 2), "noted": None}
# A template that cannot be read must not be passed over: its texts would stay untranslated without a word.
_READING: Final = {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"}
_HELD: Final = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]*\}")


def rooms() -> tuple[str, ...]:
    """Return every room that has templates; ``common`` also holds what stands above all rooms."""
    return tuple(sorted(folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()))


def gathered(room: str) -> Catalog:
    """Return what a room says, in English."""
    catalogue = Catalog(project="Practice Exchange", charset="utf-8", fuzzy=False)
    for file, method in _sources(room):
        for _, message, comments, _ in extract_from_file(method, file, keywords=_KEYWORDS, options=_READING):
            catalogue.add(message, locations=[(file.relative_to(HERE).as_posix(), 0)], auto_comments=comments)
    return catalogue


def update(room: str, language: str) -> int:
    """Bring a catalogue up to date; return how many texts wait for a translation."""
    file = FOLDER / language / f"{room}.po"
    catalogue = read(file, language)
    catalogue.update(gathered(room), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        write_po(out, catalogue, width=120, sort_output=True, include_lineno=False, omit_header=True)
    return sum(1 for message in catalogue if message.id and not _translated(message))


def problems(room: str, language: str) -> Iterator[str]:
    """Yield what is wrong with a catalogue, one line each."""
    file = FOLDER / language / f"{room}.po"
    name = f"locales/{language}/{room}.po"
    wanted = {message.id: message for message in gathered(room) if message.id}
    if not file.exists():
        if wanted:
            yield f"{name}: missing; make it with python -m services.web.catalogues update {room}"
        return
    present = {message.id: message for message in read(file, language) if message.id}
    for key, message in present.items():
        if key not in wanted:
            yield f"{name}: nobody says {_first(message)!r} any more"
        elif message.fuzzy or not _translated(message):
            yield f"{name}: not translated: {_first(message)!r}"
        elif any(_held(text) != _held(_first(message)) for text in _texts(message)):
            yield f"{name}: another placeholder than its original: {_first(message)!r}"
    for key, message in wanted.items():
        if key not in present:
            yield f"{name}: missing: {_first(message)!r}"


def read(file: Path, language: str) -> Catalog:
    """Return a catalogue, an empty one where there is no file."""
    if not file.exists():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    with file.open("rb") as source:
        return read_po(source, locale=language, charset="utf-8")


def _sources(room: str) -> Iterator[tuple[Path, str]]:
    templates = [*(TEMPLATES / room).rglob("*.html")]
    code = [*(HERE / room).rglob("*.py")]
    if room == COMMON:
        templates += TEMPLATES.glob("*.html")
        code += [file for folder in ("session", "page") for file in (HERE / folder).glob("*.py")]
    yield from ((file, "jinja2.ext:babel_extract") for file in sorted(templates))
    yield from ((file, "python") for file in sorted(code))


def _texts(message: Message) -> tuple[str, ...]:
    texts = message.string or ""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _translated(message: Message) -> bool:
    return all(_texts(message))


def _first(message: Message) -> str:
    # Of a plural, its second form: the one that holds the number.
    return message.id if isinstance(message.id, str) else message.id[1]


def _held(text: str) -> list[str]:
    return sorted(set(_HELD.findall(text)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m services.web.catalogues", description=__doc__)
    parser.add_argument("command", choices=["update", "check"])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help="all, unless named")
    arguments = parser.parse_args()
    chosen = [(room, language) for room in arguments.rooms or rooms() for language in LANGUAGES if language != SOURCE]
    if arguments.command == "update":
        for room, language in chosen:
            print(f"{language}/{room}.po: {update(room, language)} to translate")  # noqa: T201 - a command line
        return 0
    found = [problem for room, language in chosen for problem in problems(room, language)]
    for problem in found:
        print(problem, file=sys.stderr)  # noqa: T201 - a command line
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
