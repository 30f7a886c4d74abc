"""How well search finds, measured on collections of texts, queries and judgements."""
