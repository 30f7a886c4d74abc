"""Data protection: what is held about a person, found, handed out and erased, in every service alike."""
