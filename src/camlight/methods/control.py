"""A map that knows nothing, to compare others with."""

import numpy as np

from camlight._check import checked_count


def random(activations: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Random control: uniform noise that has seen neither the picture nor the model.

    Parameters
    ----------
    activations : ndarray, shape (H, W, K)
        Only its shape is used.
    seed : int
        Of the noise, 0 or more. Default 0.

    Returns
    -------
    ndarray of float64, shape (H, W)
        Values from 0 to 1.

    Notes
    -----
    - Formula: ``uniform noise``, from a seed.
    - Paper: none; in the spirit of Adebayo et al., "Sanity Checks for Saliency Maps", 2018,
      https://arxiv.org/abs/1810.03292.
    - Assumes: nothing.
    - Cost: one forward pass, for the layer's shape.
    - Fails: always, and that is its use.
    - Advice: a measure of explanations that can't tell a method from this one measures nothing.

    Examples
    --------
    >>> random(np.zeros((1, 2, 8))).round(3)
    array([[0.637, 0.27 ]])
    """
    rng = np.random.default_rng(checked_count("seed", seed, least=0))
    return rng.random(activations.shape[:-1])
