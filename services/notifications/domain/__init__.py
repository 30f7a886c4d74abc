"""The rules of telling people things: no I/O, no framework, no clock of its own."""
