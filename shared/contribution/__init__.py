"""The record of a contribution and the pure rules about it."""

from shared.contribution.completeness import completeness
from shared.contribution.content import Content, Kind
from shared.contribution.errors import field_errors, pointer
from shared.contribution.facets import Facets, facets
from shared.contribution.fingerprint import Fingerprint, fingerprint, similarity
from shared.contribution.merge import merge, parse
from shared.contribution.public import public_content

__all__ = [
    "Content",
    "Facets",
    "Fingerprint",
    "Kind",
    "completeness",
    "facets",
    "field_errors",
    "fingerprint",
    "merge",
    "parse",
    "pointer",
    "public_content",
    "similarity",
]
