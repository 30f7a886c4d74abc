"""Bringing in the Erasmus+ Project Results Platform's export: a file in, draft contributions out.

table      bytes → rows with their line numbers, or one clear reason why the file cannot be read
columns    header → which cell means what, whatever the year and programme
terms      topics, organisation types, action types → our codes
languages  which language a text is in, and the two that a summary often holds
draft      a row → the content of a draft, or the reason why not
drafts     all rows → drafts; of a project that stands there twice the first row counts
bring_in   a row → the database: new, updated, unchanged, or left alone because somebody worked on it
upload     a file that a member sends → a report, row by row; the whole file in one transaction
command    the command line: progress, report, exit code
"""
