"""Saved searches: what people keep of them, which of them a new practice answers, alerts and feeds."""
