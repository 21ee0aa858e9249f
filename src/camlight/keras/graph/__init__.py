"""Reads a model and runs nothing: its nodes, layers, spatial tensors and outputs."""
