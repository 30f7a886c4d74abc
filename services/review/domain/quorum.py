"""How many finished reviews a case needs before it can be decided."""

from .policy import Policy


def required(policy: Policy, kind: str) -> int:
    """Return the number of completed reviews for this kind; a kind without a rule needs as many as the strictest."""
    return policy.quorum.get(kind) or max(policy.quorum.values(), default=1)


def reached(completed: int, needed: int) -> bool:
    return completed >= needed
