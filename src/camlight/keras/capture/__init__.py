"""What to look at in a model, and what its layers showed."""
