"""Real-time factors."""

import numpy as np
import pytest

from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.evaluation.speed import measure_real_time_factors, real_time_factor


def test_real_time_factor_by_hand() -> None:
    assert real_time_factor(0.5, 10.0) == 0.05
    with pytest.raises(InputError, match="got 1 s and 0 s"):
        real_time_factor(1.0, 0.0)


def test_the_first_call_is_not_counted() -> None:
    calls = []

    def make() -> Waveform:
        calls.append(1)
        return Waveform(np.zeros(24_000, np.float32))

    factors = measure_real_time_factors(make, repeats=3)
    assert (len(factors), len(calls)) == (3, 4)
    assert all(0 <= factor < 1 for factor in factors)
