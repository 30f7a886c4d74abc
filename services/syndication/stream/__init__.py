"""The public events as they come, and the catalogue from the start: over HTTP, from the streams alone."""
