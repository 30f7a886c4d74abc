"""Learning from use without learning of anybody: what is asked for and not found, and which cells are empty."""
