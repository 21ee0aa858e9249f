"""What is asked of a model: the one door from here to the rooms that know models."""

from camlight.keras.scoring import Scoring, scoring_of

__all__ = ["Scoring", "scoring_of"]
