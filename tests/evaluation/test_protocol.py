"""What is tuned on, tested and compared with never overlaps, however little there is."""

import numpy as np
import pytest
from corpus import CHINESE, READERS, SCARCE, write_corpus

from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.evaluation.protocol import Reading, cut_to, speaker_material, tuning_readings
from voicehub.evaluation.similarity import MIN_PIECES, MIN_RECORDINGS
from voicehub.training.manifest import Entry, read_manifest


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    return read_manifest(write_corpus(tmp_path_factory.mktemp("corpus")))


def place(part: Waveform, whole: Waveform) -> int:
    """Return where ``part`` begins in ``whole``, -1 where it does not lie in it."""
    head = part.samples[5000:5400]
    windows = np.lib.stride_tricks.sliding_window_view(whole.samples, len(head))
    found = np.flatnonzero((windows == head).all(1))
    return int(found[0]) if len(found) else -1


def test_a_reader_with_enough_has_three_disjoint_parts(entries: list[Entry]) -> None:
    material = speaker_material(entries, READERS[0])
    assert [round(w.seconds, 1) for w in material.tuning] == [10.5] * 3
    assert [round(r.waveform.seconds, 1) for r in material.test] == [3.1] * 5
    assert [round(w.seconds, 1) for w in material.other] == [3.1] * 8
    assert material.fewest == MIN_RECORDINGS
    assert material.others_of(2) == list(range(8))


def test_of_few_recordings_nothing_is_compared_with_itself(entries: list[Entry]) -> None:
    material = speaker_material(entries, SCARCE)
    assert (len(material.tuning), len(material.test)) == (2, 3)
    assert material.fewest == MIN_PIECES
    for piece, origin in zip(material.other, material.cut_from, strict=True):
        assert piece.seconds <= 3.0
        assert place(piece, material.test[origin].waveform) >= 0
        assert all(place(piece, tuned) < 0 for tuned in material.tuning)
    for number, reading in enumerate(material.test):
        others = [material.other[k] for k in material.others_of(number)]
        assert len(others) >= MIN_PIECES
        assert all(place(piece, reading.waveform) < 0 for piece in others)


def test_too_little_for_either_is_refused(entries: list[Entry]) -> None:
    few = [e for e in entries if e.speaker == SCARCE][:3]
    with pytest.raises(InputError, match="too little speech of scarce"):
        speaker_material(few, SCARCE)
    with pytest.raises(InputError, match="too little speech of nobody"):
        speaker_material(entries, "nobody")


def test_the_curve_tunes_on_nothing_that_is_tested(entries: list[Entry]) -> None:
    readings = tuning_readings(entries, CHINESE, 300.0)
    assert [round(r.waveform.seconds, 1) for r in readings] == [10.5] * 3
    assert len(tuning_readings(entries, CHINESE, 10.6)) == 2
    assert len(tuning_readings(entries, CHINESE, 10.4)) == 1


def test_recordings_are_cut_exactly() -> None:
    readings = [Reading(Waveform(np.full(24_000, k, np.float32)), "x") for k in range(3)]
    cut = cut_to(readings, 1.25)
    assert [len(w.samples) for w in cut] == [24_000, 6_000]
    assert cut[1].samples[0] == 1
    assert [w.seconds for w in cut_to(readings, 1.0)] == [1.0]
    assert sum(w.seconds for w in cut_to(readings, 99.0)) == 3.0
