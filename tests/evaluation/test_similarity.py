"""Speaker similarity by hand on two-dimensional embeddings."""

import numpy as np
import pytest

from voicehub.errors import InputError
from voicehub.evaluation.similarity import (
    pairwise_ceiling,
    pairwise_similarity,
    similarity_ceiling,
    similarity_floor,
    similarity_to_mean,
)

RIGHT, UP = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def test_mean_of_directions_by_hand() -> None:
    others = [RIGHT, RIGHT, RIGHT, UP, UP, UP]
    assert similarity_to_mean(RIGHT, others) == pytest.approx(np.sqrt(0.5))
    assert similarity_to_mean(RIGHT, [RIGHT] * 5) == pytest.approx(1)
    assert similarity_to_mean(-RIGHT, [RIGHT] * 5) == pytest.approx(-1)


def test_length_of_an_embedding_does_not_matter() -> None:
    assert similarity_to_mean(7 * RIGHT, [9 * RIGHT, UP, RIGHT, UP, RIGHT]) == pytest.approx(
        similarity_to_mean(RIGHT, [RIGHT, UP, RIGHT, UP, RIGHT])
    )


def test_too_few_recordings_are_refused() -> None:
    with pytest.raises(InputError, match="5 other recordings, got 4"):
        similarity_to_mean(RIGHT, [RIGHT] * 4)
    with pytest.raises(InputError, match="6 recordings, got 5"):
        similarity_ceiling([RIGHT] * 5)
    with pytest.raises(InputError, match="length zero"):
        similarity_to_mean(np.zeros(2), [RIGHT] * 5)


def test_ceiling_leaves_each_recording_out() -> None:
    ceiling = similarity_ceiling([UP, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT])
    assert ceiling[0] == pytest.approx(0)
    assert ceiling[1] == pytest.approx(4 / np.sqrt(17))


def test_floor_is_below_ceiling_for_separate_speakers() -> None:
    rng = np.random.default_rng(0)
    one = [np.eye(8)[0] + 0.1 * rng.normal(size=8) for _ in range(6)]
    strangers = [np.eye(8)[1] + 0.1 * rng.normal(size=8) for _ in range(6)]
    assert similarity_floor(strangers, one).max() < similarity_ceiling(one).min()


def test_pairs_by_hand() -> None:
    assert pairwise_similarity([RIGHT, UP], [RIGHT]) == pytest.approx(0.5)
    assert pairwise_ceiling([RIGHT, RIGHT, UP]) == pytest.approx(1 / 3)
    with pytest.raises(InputError, match="got 1"):
        pairwise_ceiling([RIGHT])
    with pytest.raises(InputError, match="got none"):
        pairwise_similarity([], [RIGHT])
