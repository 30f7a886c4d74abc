"""``python -m services.openapi write|check``: the services' HTTP contracts, as ``docs/openapi/<service>.json``.

What clients rely on may not break unnoticed: where a break is meant, ``write --breaking`` says so.
"""

import argparse
import sys
from pathlib import Path

from services.openapi.documents import broken_by_now, documents, text_of
from shared.http.compatibility import Document

DOCS = Path("docs/openapi")


def _write(current: dict[str, Document], *, breaking: bool) -> int:
    broken = broken_by_now(DOCS, current)
    if broken and not breaking:
        print("not written, because these changes break clients; where that is meant: make docs BREAKING=1")
        print("\n".join(f"  {line}" for line in broken))
        return 1
    DOCS.mkdir(parents=True, exist_ok=True)
    for name, document in current.items():
        (DOCS / f"{name}.json").write_text(text_of(document), "utf-8")
    print(f"{len(current)} files written to {DOCS}")
    return 0


def _check(current: dict[str, Document]) -> int:
    broken = broken_by_now(DOCS, current)
    for line in broken:
        print(f"breaks: {line}")
    files = {DOCS / f"{name}.json": text_of(document) for name, document in current.items()}
    old = [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in old:
        print(f"not up to date: {path} (make docs)")
    return 1 if broken or old else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m services.openapi", description=__doc__)
    parser.add_argument("what", choices=("write", "check"))
    parser.add_argument("--breaking", action="store_true", help="write though clients break")
    arguments = parser.parse_args()
    if arguments.what == "check":
        sys.exit(_check(documents()))
    sys.exit(_write(documents(), breaking=arguments.breaking))
