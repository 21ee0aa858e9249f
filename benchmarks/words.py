"""Messages as they may be kept: short, and saying nothing of this machine."""

import re

__all__ = ["message", "without_paths"]

LIMIT = 300


def message(error: BaseException) -> str:
    """Return an error in one line."""
    return without_paths(f"{type(error).__name__}: {error}")


def without_paths(words: str) -> str:
    """Return the words in one line, of each absolute path only the file's name."""
    line = re.sub(r"(?<![\w.:/])/(?:[\w.+-]+/)+", "", " ".join(words.split()))
    return line if len(line) <= LIMIT else line[:LIMIT] + " ..."
