"""What attached files say, as plain text, so that a practice is found by it too."""
