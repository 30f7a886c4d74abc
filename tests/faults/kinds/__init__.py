"""The faults, one file for each kind; ``tests.faults.deck`` puts them together."""
