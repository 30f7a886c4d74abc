"""A person's saved searches: saving one, what is kept, how often it tells, its feed, and the link in its mails."""
