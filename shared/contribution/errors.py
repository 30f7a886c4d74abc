"""Turns what pydantic says into the field errors that people and front-ends get."""

from typing import Any, Final

from pydantic import BaseModel, ValidationError

from shared.errors import FieldError
from shared.wording import pointer, worded

__all__ = ["field_errors", "pointer"]

_MOST: Final = 100  # nobody mends more at a time, and an answer must not grow with a hostile body
_KEY: Final = "[key]"


def field_errors(
    error: ValidationError, model: type[BaseModel] | None = None, prefix: str = ""
) -> tuple[FieldError, ...]:
    """Return the errors, a hundred at most, each with its JSON pointer, a stable code, what to mend and what would do.

    With ``model``, an unknown field is answered with the names that exist where it stood. ``prefix`` is put before
    each pointer, for a content that stands inside a body.
    """
    found = error.errors(include_url=False, include_input=False)[:_MOST]
    return tuple(_field_error(one, model, prefix) for one in found)


def _field_error(found: Any, model: type[BaseModel] | None, prefix: str) -> FieldError:
    steps = tuple(step for step in found["loc"] if step != _KEY)
    code, message = worded(found["type"], found["msg"])
    allowed = tuple(found.get("ctx", {}).get("allowed", ()))
    if found["type"] == "extra_forbidden" and model:
        allowed = _names_at(model, steps[:-1])
    return FieldError(pointer=prefix + pointer(*steps), code=code, message=message, allowed=allowed)


def _names_at(model: type[BaseModel], steps: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the field names of the model that stands at ``steps`` inside ``model``."""
    here: Any = model
    for step in steps:
        if isinstance(here, type) and issubclass(here, BaseModel) and step in here.model_fields:
            here = _model_in(here.model_fields[str(step)].annotation)
    return tuple(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else ()


def _model_in(annotation: Any) -> Any:
    """Find the model inside ``X | None``, ``tuple[X, ...]`` or ``dict[str, X]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)
