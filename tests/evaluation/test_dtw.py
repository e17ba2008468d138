"""Time alignment against hand answers and a plain dynamic programme."""

import time

import numpy as np
import pytest

from voicehub.errors import InputError
from voicehub.evaluation.dtw import align, cheapest_path


def plain_total(cost: np.ndarray) -> float:
    """Return the least total cost by two loops."""
    total = np.full((cost.shape[0] + 1, cost.shape[1] + 1), np.inf)
    total[0, 0] = 0
    for i in range(cost.shape[0]):
        for j in range(cost.shape[1]):
            before = min(total[i, j], total[i, j + 1], total[i + 1, j])
            total[i + 1, j + 1] = cost[i, j] + before
    return float(total[-1, -1])


def test_hand_path_holds_the_repeated_frame() -> None:
    fake = np.array([[0.0, 1.0, 1.0, 2.0]])
    real = np.array([[0.0, 1.0, 2.0]])
    path = align(fake, real)
    assert path.fake.tolist() == [0, 1, 2, 3]
    assert path.real.tolist() == [0, 1, 1, 2]


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 9), (13, 8), (20, 20)])
def test_path_is_as_cheap_as_the_plain_programme(shape: tuple[int, int]) -> None:
    cost = np.random.default_rng(3).random(shape)
    path = cheapest_path(cost)
    assert cost[path.fake, path.real].sum() == pytest.approx(plain_total(cost))
    assert (path.fake[0], path.real[0]) == (0, 0)
    assert (path.fake[-1], path.real[-1]) == (shape[0] - 1, shape[1] - 1)
    steps = np.stack([np.diff(path.fake), np.diff(path.real)])
    assert steps.min(initial=0) >= 0
    assert steps.max(initial=1) == 1
    assert (steps.sum(0) >= 1).all()


def test_shifted_sequence_aligns_to_itself() -> None:
    sound = np.random.default_rng(0).normal(size=(4, 60))
    late = np.concatenate([np.repeat(sound[:, :1], 9, axis=1), sound], axis=1)
    path = align(late, sound)
    assert np.array_equal(late[:, path.fake], sound[:, path.real])


def test_equal_sequences_take_the_diagonal() -> None:
    sound = np.random.default_rng(1).normal(size=(13, 200)) + 50
    path = align(sound, sound)
    assert np.array_equal(path.fake, np.arange(200))
    assert np.array_equal(path.real, np.arange(200))


def test_ten_seconds_take_less_than_a_second() -> None:
    rng = np.random.default_rng(2)
    fake, real = rng.normal(size=(13, 938)), rng.normal(size=(13, 938))
    start = time.process_time()
    align(fake, real)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    ("fake", "real"), [((3, 0), (3, 5)), ((3, 5), (2, 5)), ((3, 7000), (3, 7000))]
)
def test_unusable_shapes_are_refused(fake: tuple[int, int], real: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="need"):
        align(np.zeros(fake), np.zeros(real))
