"""Changing a draft: a JSON merge patch (RFC 7396) onto a content, which is then checked as a whole."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.contribution.content import Content
from shared.contribution.errors import field_errors
from shared.errors import Invalid


def parse(document: Any, *, prefix: str = "") -> Content:
    """Return the content that ``document`` (decoded JSON) describes; null means absent.

    Raises ``Invalid`` listing every wrong field, each pointer preceded by ``prefix``.
    """
    try:
        return Content.model_validate(document)
    except ValidationError as error:
        raise Invalid("Some fields need another value", errors=field_errors(error, Content, prefix)) from None


def merge(content: Content, merge_patch: Any, *, prefix: str = "") -> Content:
    """Return ``content`` with ``merge_patch`` applied; null takes a field out, a list replaces the whole list.

    Raises ``Invalid`` like ``parse``; the pointers then point into the result of the merge.
    """
    return parse(merged(content.as_json(), merge_patch), prefix=prefix)


def merged(target: Any, patch: Any) -> Any:
    """The algorithm of RFC 7396, section 2, without changing ``target``."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
