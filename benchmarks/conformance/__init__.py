"""Have the peers explain the network of `tests.conformance`, and write ``docs/conformance.md``.

``python -m benchmarks.conformance.run`` runs each peer in a virtual environment of its own, and
keeps its maps in ``tests/conformance/results``.
"""
