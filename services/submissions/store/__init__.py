"""The submissions database: nothing outside this folder knows a collection or an index.

contributions  the working record of each contribution, one document
snapshots      what was submitted, one immutable document per version and round
practices      the public face of each practice as it is now, or its tombstone
editions       every published version, immutable
readers        which reviewer holds which case
loose_files    files that are on their way in or out; the cleaner looks at them after a while
"""
