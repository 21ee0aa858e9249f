"""Are the maps those of the papers? camlight's beside the peers', on the same weights.

``python -m benchmarks.conformance.run`` has each peer explain one small network in a virtual
environment of its own and keeps what it says in ``results/``; ``tests/methods/test_conformance.py``
holds camlight to it on every backend, without the peers.
"""
