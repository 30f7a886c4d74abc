"""Rows that several steps have."""

from typing import Final

from services.web.share.fields import KINDS, Field
from services.web.share.words import noted

ORGANISATION: Final = (
    Field(name="name", shape="line", most=300, label=noted("Name of the organisation")),
    Field(name="country", shape="country", codes="countries", optional_for=KINDS, label=noted("Country")),
    Field(name="website", shape="line", type="url", most=2000, optional_for=KINDS, label=noted("Web address")),
)
