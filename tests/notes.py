"""What a layer notes as it runs, kept where an explanation doesn't put it back."""

from queue import SimpleQueue


class Notes:
    """A list that isn't one: what a layer's code adds to a list is taken out again."""

    def __init__(self):
        self._queue = SimpleQueue()

    def add(self, note):
        self._queue.put(note)

    def taken(self):
        """Return what came since the last time."""
        return [self._queue.get() for _ in range(self._queue.qsize())]
