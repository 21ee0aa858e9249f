"""Runs a model, and leaves it as it was."""
