"""Webhooks: public events sent to the addresses that organisations gave, signed, and again until they arrive."""
