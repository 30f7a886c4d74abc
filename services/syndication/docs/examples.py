"""``python -m services.syndication.docs.examples``: write ``examples.md``, the programs of ``examples/`` as one page.

An image of this service has no ``examples/``, and a partner no source: so they are served from that page.
"""

import re
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[3] / "examples"
PAGE: Final = Path(__file__).with_suffix(".md")
_NAMES: Final = re.compile(r"^\| \[([\w.]+)\]", re.MULTILINE)
_LANGUAGES: Final = {".py": "python", ".mjs": "js", ".json": "json"}
_HEAD: Final = "<!-- Generated from `examples/` by `make docs`; do not edit. -->"


def written(folder: Path = FOLDER) -> str:
    """Return the page: what ``README.md`` says, then each program that it names, whole."""
    told = (folder / "README.md").read_text("utf-8")
    names = [*_NAMES.findall(told), "package.json"]
    for name in names:
        told = told.replace(f"]({name})", f"](#{name.replace('.', '')})")
    # As of the place of this page, not of that one.
    told = told.replace("](../services/syndication/docs/", "](").replace("](../docs/", "](../../../docs/")
    title, _, rest = told.partition("\n")
    programs = [_program(folder / name) for name in names]
    return "\n".join([title, "", _HEAD, rest, *programs])


def _program(file: Path) -> str:
    return f"## {file.name}\n\n```{_LANGUAGES[file.suffix]}\n{file.read_text('utf-8').rstrip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(written(), "utf-8")
    sys.stdout.write(f"written to {PAGE.relative_to(Path.cwd())}\n")
