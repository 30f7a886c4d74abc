"""The record of a contribution and the pure rules about it."""

from shared.contribution.content import Content, Kind

__all__ = ["Content", "Kind"]
