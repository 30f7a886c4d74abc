"""The reviewers' room: their desk, the page of a case with the review beside it, and their own terms."""
