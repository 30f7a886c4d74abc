"""The room of authors: their contributions, answering reviewers, the steps of a life, and the import."""
