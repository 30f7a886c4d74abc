"""When Python looks for garbage that reference counts do not free.

Nearly nothing of a request or an event is such garbage, but by default it is looked for after every 700 objects kept,
again and again through what the requests under way hold and what was imported. That was a sixth of a request's time.
"""

import gc
from typing import Final

# Of the youngest objects, then how many such rounds make an older one. A round through 10,000 takes a millisecond.
THRESHOLDS: Final = (10_000, 20, 20)


def look_seldom() -> None:
    """Look for garbage seldom, and never in what is there already: modules, classes, schemas.

    For a program, when its imports are done; not for a library, because it holds for the whole process.
    """
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
