"""How fast and how light camlight is, beside its peers and beside what can't be beaten."""
