"""The figures of the consent report: known intervals, and voices that are told apart by construction."""

import numpy as np
import pytest

from voicehub.evaluation.confidence import wilson
from voicehub.evaluation.consent_voice import Piece, measure_voice


def test_intervals_of_shares() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_voices_that_differ_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    pieces = []
    for speaker in range(20):
        middle = rng.standard_normal(256)
        for _ in range(5):
            vector = middle + 0.2 * rng.standard_normal(256)
            vector /= np.linalg.norm(vector)
            pieces.append(Piece(f"s{speaker}", "corpus", vector.astype(np.float32)))
    found = measure_voice(pieces, "a test")
    limits, measured = found["limits"], found["measured"]
    assert limits["refuse"] <= limits["accept"] <= limits["impostor"]
    assert found["speakers"] == {"calibrated_on": 10, "measured_on": 10}
    assert measured["owner_refused"]["share"] == 0.0
    assert measured["impostor_accepted"]["share"] <= 0.02
    assert measured["impostor_accepted"]["n"] == 45 * 25
    assert measured["equal_error_rate"] == 0.0
