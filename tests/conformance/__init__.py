"""Are the maps those of the papers? One small network, its kept weights, and what peers say of it.

``results/`` holds the peers' maps, which ``python -m benchmarks.conformance.run`` makes;
``tests/methods/test_conformance.py`` compares camlight's with them on every backend, without the
peers.
"""
