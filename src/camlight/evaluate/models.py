"""What a test does to a model: the one door from here to the rooms that know models."""

from camlight.keras.weights import WeightGroup, kept, shuffle, weight_groups

__all__ = ["WeightGroup", "kept", "shuffle", "weight_groups"]
