"""Receipts: for every publication, since when it is in the feeds and which other systems have it."""
