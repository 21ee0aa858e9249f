"""Longer studies, each a command of its own, with its results beside it."""
