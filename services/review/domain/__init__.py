"""The rules of review: no input or output, no framework, no clock of their own."""
