"""Style sheet, scripts, pictures: put together and compressed at the start, named by content, kept for ever."""

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent.parent / "static"
FOR_EVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as browsers get it."""

    address: str
    media_type: str
    content: bytes
    compressed: bytes


class Assets:
    """All of them, by short name (``app.css``) and by address."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._by_name: dict[str, Asset] = {}
        self._add("app.css", _joined((folder / "css").glob("*.css")))
        self._add("app.js", _joined((folder / "js").glob("*.js")))
        for file in sorted((*folder.glob("*.*"), *(folder / "vendor").glob("*.js"))):
            self._add(file.name, file.read_bytes())
        self._by_address = {asset.address: asset for asset in self._by_name.values()}

    def address(self, name: str) -> str:
        """Return where a browser finds it. Raises KeyError for a file that is not there."""
        return self._by_name[name].address

    def at(self, address: str) -> Asset | None:
        return self._by_address.get(address)

    def _add(self, name: str, content: bytes) -> None:
        stem, dot, suffix = name.rpartition(".")
        digest = hashlib.sha256(content).hexdigest()[:12]
        self._by_name[name] = Asset(
            address=f"/static/{stem}.{digest}{dot}{suffix}",
            media_type=_TYPES.get(dot + suffix, "application/octet-stream"),
            content=content,
            compressed=gzip.compress(content, 9, mtime=0),
        )


def _joined(files: Iterable[Path]) -> bytes:
    """Put files together in the order of their names; each script keeps its names to itself (a block of its own)."""
    return b"\n".join(file.read_bytes() for file in sorted(files))
