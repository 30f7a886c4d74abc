"""The rules of webhooks: no I/O, no framework, no clock of its own."""
