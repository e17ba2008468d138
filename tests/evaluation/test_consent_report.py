"""The figures of the consent report: voices that are told apart by construction."""

import numpy as np

from voicehub.evaluation.consent_voice import BANDS, Piece, measure_voice


def test_voices_that_differ_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    pieces = []
    for speaker in range(20):
        middle = rng.standard_normal(256)
        for _ in range(5):
            # The shorter a recording, the less of the voice is in it.
            noise = [0.2, *(0.8 / seconds for seconds in BANDS)]
            vectors = [middle + each * rng.standard_normal(256) for each in noise]
            units = [(each / np.linalg.norm(each)).astype(np.float32) for each in vectors]
            pieces.append(Piece(f"s{speaker}", "corpus", units[0], tuple(units[1:])))
    found = measure_voice(pieces, "a test")
    limits, measured = found["limits"], found["measured"]
    assert [band["seconds"] for band in limits["bands"]] == list(BANDS)
    assert found["speakers"] == {"calibrated_on": 10, "measured_on": 10}
    assert list(measured) == ["2 s", "3 s", "4 s", "6 s", "8 s"]
    for band, figures in zip(limits["bands"], measured.values(), strict=True):
        assert band["refuse"] <= band["accept"]
        assert figures["owner_refused"]["share"] == 0.0
        assert figures["owner_refused"]["n"] == 10 * 5 * 4
        assert figures["impostor_accepted"]["share"] <= 0.02
        assert figures["impostor_accepted"]["n"] == 10 * 9 * 25
        assert figures["equal_error_rate"] == 0.0
    assert found["newcomers"]["newcomer_taken_for_another"]["n"] == 10 * 9 * 25
    assert found["newcomers"]["newcomer_taken_for_another"]["share"] <= 0.01
    assert found["newcomers"]["person_known_again"]["share"] == 1.0
