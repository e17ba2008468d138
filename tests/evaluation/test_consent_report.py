"""The figures of the consent report: voices that are told apart by construction."""

import numpy as np

from voicehub.evaluation.consent_voice import Piece, measure_voice


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
