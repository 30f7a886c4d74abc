"""Backups of an installation: the record of every service at one moment, and of the streams what is not in it."""
