"""An organisation's own systems: the addresses that publications are sent to (webhooks), and what came of each."""
