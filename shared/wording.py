"""What pydantic finds wrong, in the words of JSON and of people who fill in a form, and where (RFC 6901)."""

from typing import Final

_NOT_AN_OBJECT: Final = ("object", "Put an object with named fields here")
_NOT_A_LIST: Final = ("list", "Put a list here, also for a single item")

# pydantic's type of error → our stable code and what to do; any other keeps its own name and message.
CODES: Final = {
    "bool_type": ("boolean", "Put true or false here"),
    "dict_type": _NOT_AN_OBJECT,
    "extra_forbidden": ("unknown-field", "There is no such field here; take it out or correct its name"),
    "int_type": ("integer", "Put a whole number here"),
    "list_type": _NOT_A_LIST,
    "missing": ("required", "Fill this in"),
    "model_attributes_type": _NOT_AN_OBJECT,
    "model_type": _NOT_AN_OBJECT,
    "string_type": ("text", "Put a text here"),
    "string_unicode": ("character", "Take out the lone surrogate; it is half a character"),
    "tuple_type": _NOT_A_LIST,
}


def worded(kind: str, message: str) -> tuple[str, str]:
    """Return the code and message for one of pydantic's errors."""
    return CODES.get(kind, (kind.replace("_", "-"), message.removeprefix("Value error, ")))


def pointer(*steps: str | int) -> str:
    """Write an RFC 6901 JSON pointer; what UTF-8 cannot carry becomes a question mark."""
    return "".join("/" + _step(str(step)) for step in steps)


def _step(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1").encode("utf-8", "replace").decode()
