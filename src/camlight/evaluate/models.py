"""What is asked of a model: the one door from here to the rooms that know models."""

from camlight.keras.scoring import Scoring, scoring_of
from camlight.keras.weights import WeightGroup, kept, shuffle, weight_groups

__all__ = ["Scoring", "WeightGroup", "kept", "scoring_of", "shuffle", "weight_groups"]
