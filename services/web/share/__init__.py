"""Sharing a practice: a guided form from the first word to submitting it."""
