"""Where a licence can be read, by its SPDX identifier."""

import re
from typing import Final

_CREATIVE_COMMONS: Final = re.compile(r"CC-(BY(?:-NC)?(?:-SA|-ND)?)-(\d\.\d)")


def licence_address(licence: str) -> str:
    """Return the address of the licence itself for Creative Commons, of its SPDX page for others."""
    if licence == "CC0-1.0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    if found := _CREATIVE_COMMONS.fullmatch(licence):
        return f"https://creativecommons.org/licenses/{found[1].lower()}/{found[2]}/"
    return f"https://spdx.org/licenses/{licence}.html"
