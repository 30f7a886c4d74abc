"""What this process asked to have again later. Another may take it then, so that it is never told what became of it."""

MOST = 1000


class PutOff:
    """The latest sequences in the stream that were put off; of more than ``MOST`` the oldest are forgotten."""

    def __init__(self) -> None:
        self._sequences: dict[int, None] = {}

    def __contains__(self, sequence: int) -> bool:
        return sequence in self._sequences

    def add(self, sequence: int) -> None:
        self.discard(sequence)
        self._sequences[sequence] = None
        if len(self._sequences) > MOST:
            del self._sequences[next(iter(self._sequences))]

    def discard(self, sequence: int) -> None:
        self._sequences.pop(sequence, None)
