"""How alike voices are: cosines of speaker embeddings, with their natural ceiling and floor.

Cosines with a mean of recordings are higher than cosines of pairs (0.91 against 0.82 for six
natural recordings of one speaker), so the two must never stand in one column.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicehub.errors import InputError

Embedding = NDArray[np.floating]
MIN_RECORDINGS = 5  # a mean of fewer depends on which were picked
MIN_PIECES = 3  # where a speaker has no five recordings to spare, pieces of what there is


def similarity_to_mean(
    embedding: Embedding, others: Sequence[Embedding], fewest: int = MIN_RECORDINGS
) -> float:
    """Return the cosine of ``embedding`` with the mean of at least ``fewest`` ``others`` of the speaker.

    The recording that was imitated, or the one ``embedding`` comes from, must not be among them.
    """
    if len(others) < fewest:
        raise InputError(
            f"similarity to the mean needs {fewest} other recordings, got {len(others)}"
        )
    mean = _units(others).mean(0)
    return float(_units([embedding])[0] @ mean / np.linalg.norm(mean))


def similarity_ceiling(embeddings: Sequence[Embedding]) -> NDArray[np.float64]:
    """Return the same figure for each natural recording of a speaker against the rest, (n,)."""
    if len(embeddings) <= MIN_RECORDINGS:
        raise InputError(
            f"the ceiling needs {MIN_RECORDINGS + 1} recordings, got {len(embeddings)}"
        )
    return np.array(
        [
            similarity_to_mean(one, [*embeddings[:i], *embeddings[i + 1 :]])
            for i, one in enumerate(embeddings)
        ]
    )


def similarity_floor(
    strangers: Sequence[Embedding], embeddings: Sequence[Embedding], fewest: int = MIN_RECORDINGS
) -> NDArray[np.float64]:
    """Return the same figure for recordings of other speakers against the speaker's mean, (n,)."""
    return np.array([similarity_to_mean(stranger, embeddings, fewest) for stranger in strangers])


def pairwise_similarity(fakes: Sequence[Embedding], reals: Sequence[Embedding]) -> float:
    """Return the mean cosine over all pairs of one of ``fakes`` with one of ``reals``."""
    return float((_units(fakes) @ _units(reals).T).mean())


def pairwise_ceiling(embeddings: Sequence[Embedding]) -> float:
    """Return the mean cosine over all pairs of different natural recordings of one speaker."""
    if len(embeddings) < 2:
        raise InputError(f"pairs need 2 recordings, got {len(embeddings)}")
    units = _units(embeddings)
    return float((units @ units.T)[np.triu_indices(len(units), 1)].mean())


def _units(embeddings: Sequence[Embedding]) -> NDArray[np.float64]:
    """Stack embeddings as rows of length one, (n, size)."""
    if len(embeddings) == 0:
        raise InputError("need at least one speaker embedding, got none")
    rows = np.asarray(embeddings, np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise InputError("a speaker embedding of length zero has no direction to compare")
    units: NDArray[np.float64] = rows / lengths
    return units
