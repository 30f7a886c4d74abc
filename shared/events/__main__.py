"""``python -m shared.events``: write the event catalogue, or check that it is up to date."""

import argparse
import sys
from pathlib import Path

from shared.events.catalogue import broken_by_now, generated

DOCS = Path("docs/events")


def _write(files: dict[str, str]) -> int:
    if broken := broken_by_now(DOCS):
        print("not written, because these changes break who hears the event; make a new version instead:")
        print("\n".join(f"  {line}" for line in broken))
        return 1
    for name, text in files.items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    print(f"{len(files)} files written to {DOCS}")
    return 0


def _check(files: dict[str, str]) -> int:
    broken = broken_by_now(DOCS)
    old = [name for name, text in files.items() if not _same(DOCS / name, text)]
    for line in broken:
        print(f"breaks: {line}")
    for name in old:
        print(f"not up to date: {DOCS / name} (make docs)")
    return 1 if broken or old else 0


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("utf-8") == text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m shared.events", description=__doc__)
    parser.add_argument("what", choices=("write", "check"))
    sys.exit({"write": _write, "check": _check}[parser.parse_args().what](generated()))
