"""How many examples a run makes up, for tests of what holds whatever comes (hypothesis, schemathesis).

A third, else all with ``TESTS_EXAMPLES=all``. Every run makes up others: what one does not meet a later one may.
"""

import os

TESTS_EXAMPLES = "TESTS_EXAMPLES"
_SHARE = 3


def examples_of(many: int) -> int:
    """Return how many of ``many`` examples are tried. Raises ValueError for a wish that means nothing."""
    wish = os.environ.get(TESTS_EXAMPLES) or "some"
    if wish not in {"some", "all"}:
        raise ValueError(f"{TESTS_EXAMPLES} is {wish!r}: some or all")
    return many if wish == "all" else -(-many // _SHARE)
