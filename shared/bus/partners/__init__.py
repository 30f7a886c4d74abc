"""Partners: other systems that read the public events from NATS itself, each in an account of its own."""
