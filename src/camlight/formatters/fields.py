"""Which sections of an explanation to show: ELI5's constants for the `show` argument."""

WEIGHTS = ("transition_features", "targets", "feature_importances", "decision_tree")
INFO = ("method", "description")
ALL = INFO + WEIGHTS
