"""The few directions in which many embeddings differ most, and room for embeddings that grows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUGH = 64  # directions of a first look; the second looks at all 256 numbers
_SIZE = 256
_LOOKED_AT = 20_000  # embeddings that the directions come from, at most
_MORE = 1.5  # growth of the room for embeddings
_SEED = 0

Vectors = NDArray[np.float32]


def main_directions(vectors: Vectors) -> tuple[Vectors, Vectors]:
    """Return the mean (256,) and the directions (64, 256) in which voices differ most.

    Few voices do not tell: up to 256 of them any directions at right angles do.
    """
    some = vectors[:_LOOKED_AT]
    if len(some) > _SIZE:
        centre = some.mean(0)
        _, axes = np.linalg.eigh(np.cov(some - centre, rowvar=False))
        return centre, np.ascontiguousarray(axes[:, ::-1][:, :ROUGH].T.astype(np.float32))
    axes, _ = np.linalg.qr(np.random.default_rng(_SEED).standard_normal((_SIZE, ROUGH)))
    return np.zeros(_SIZE, np.float32), np.ascontiguousarray(axes.T.astype(np.float32))


def with_room(array: NDArray[Any], need: int) -> NDArray[Any]:
    """Return ``array`` with room for ``need`` rows and, where it has to grow, for more to come."""
    if need <= len(array):
        return array
    bigger = np.zeros((max(need, int(_MORE * len(array))), *array.shape[1:]), array.dtype)
    bigger[: len(array)] = array
    return bigger
