"""Methods: from activations and gradients to a map. Pure functions on NumPy arrays."""
