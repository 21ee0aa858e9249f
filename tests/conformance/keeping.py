"""What the peers said, and where it is kept."""

from __future__ import annotations

import numpy as np

from .case import RESULTS

__all__ = ["keep", "kept"]


def keep(peer: str, maps: dict[str, np.ndarray]) -> None:
    """Keep the maps of a peer."""
    arrays = {name: np.asarray(array, "float32") for name, array in maps.items()}
    np.savez_compressed(RESULTS / f"{peer}.npz", **arrays)  # type: ignore[arg-type]


def kept(peer: str) -> dict[str, np.ndarray]:
    """Return the maps of a peer by their names, float64."""
    with np.load(RESULTS / f"{peer}.npz") as file:
        return {name: file[name].astype(np.float64) for name in file.files}
