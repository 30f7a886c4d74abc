"""The rules of telling other systems: no I/O, no framework, no clock of its own."""
