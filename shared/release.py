"""The release that this code is. All services of an installation are of one, except for a while during an upgrade."""

RELEASE = "0.1.0"  # as in pyproject.toml, which an image does not hold; a test compares them
