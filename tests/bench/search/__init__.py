"""Search measured beside what one might pick instead, on the same texts and queries."""
