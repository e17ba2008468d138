"""The few directions that hold most of many embeddings, and room for embeddings that grows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUGH = 64  # directions of a first look; the second looks at all 256 numbers
_SIZE = 256
_MORE = 1.5  # growth of the room for embeddings
_SEED = 0

Vectors = NDArray[np.float32]


def main_directions(vectors: Vectors) -> Vectors:
    """Return the directions at right angles, (64, 256), that hold most of ``vectors`` (n, 256).

    Few vectors do not tell: up to 256 of them any directions do.
    """
    if len(vectors) > _SIZE:
        _, axes = np.linalg.eigh(vectors.T @ vectors)
        axes = axes[:, ::-1][:, :ROUGH]
    else:
        axes, _ = np.linalg.qr(np.random.default_rng(_SEED).standard_normal((_SIZE, ROUGH)))
    return np.ascontiguousarray(axes.T.astype(np.float32))


def with_room(array: NDArray[Any], need: int) -> NDArray[Any]:
    """Return ``array`` with room for ``need`` rows and, where it has to grow, for more to come."""
    if need <= len(array):
        return array
    bigger = np.zeros((max(need, int(_MORE * len(array))), *array.shape[1:]), array.dtype)
    bigger[: len(array)] = array
    return bigger
