"""Where speech is, and recordings cut without losing any of it."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from signals import pink_noise, speech_like, white_noise

from voicehub.audio.activity import speech_spans, trim_silence
from voicehub.audio.files import read_audio
from voicehub.audio.segment import cut_utterances, utterance_spans
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import SettingsError

DEMO = sorted((Path(__file__).parents[2] / "demo").glob("*/*.opus"))


@pytest.fixture(scope="module")
def real() -> Waveform:
    """Return two real clips with two seconds of quiet noise around and between them."""
    gap = white_noise(2.0, rms=2e-4)
    clips = [read_audio(path).samples for path in (DEMO[0], DEMO[-1])]
    return Waveform(np.concatenate([gap, clips[0], gap, clips[1], gap]))


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def test_real_speech_is_found(real: Waveform) -> None:
    spans = speech_spans(real)
    assert 1.8 < spans[0][0] < 3.5
    assert real.seconds - 3.5 < spans[-1][1] < real.seconds - 1.5
    assert all(a < b for a, b in spans)
    assert all(first[1] < second[0] for first, second in pairwise(spans))


@pytest.mark.parametrize(
    "samples", [silence(0), silence(0.001), silence(3), white_noise(3), pink_noise(3)]
)
def test_no_speech_is_found_where_there_is_none(samples: np.ndarray) -> None:
    waveform = Waveform(samples)
    assert speech_spans(waveform) == []
    assert trim_silence(waveform) is waveform
    assert cut_utterances(waveform) == []


def test_trimming_cuts_the_edges_only(real: Waveform) -> None:
    trimmed = trim_silence(real)
    spans = speech_spans(real)
    assert trimmed.seconds == pytest.approx(spans[-1][1] - spans[0][0] + 0.2, abs=0.01)
    start = int((spans[0][0] - 0.1) * SAMPLE_RATE)
    np.testing.assert_array_equal(trimmed.samples[:1000], real.samples[start : start + 1000])


@pytest.mark.parametrize(("least", "most"), [(1.0, 12.0), (1.0, 4.0), (0.3, 1.0), (3.0, 6.0)])
def test_every_bit_of_speech_is_in_exactly_one_utterance(
    real: Waveform, least: float, most: float
) -> None:
    pieces = utterance_spans(real, least, most)
    assert all(start < end for start, end in pieces)
    assert all(a[1] <= b[0] for a, b in pairwise(pieces))
    covered = np.zeros(len(real.samples), bool)
    for start, end in pieces:
        covered[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = True
    for start, end in speech_spans(real):
        assert covered[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)].all()
    lengths = [end - start for start, end in pieces]
    assert max(lengths) <= most + 1e-6
    assert min(lengths) >= least - 1e-6  # this recording has room around each piece
    cut = cut_utterances(real, least, most)
    assert [piece.seconds for piece in cut] == pytest.approx(lengths, abs=1e-4)


def test_long_speech_is_cut_where_it_is_quiet() -> None:
    voice = speech_like(9.0, seed=2).samples.copy()
    middle = len(voice) // 2
    # A breath of 0.15 s, too short to be a pause for the detector.
    voice[middle : middle + 3600] *= 0.001
    pieces = utterance_spans(Waveform(voice), 1.0, 6.0)
    power = np.convolve(voice**2, np.ones(1200) / 1200, "same")
    loud = np.mean(voice**2)
    inner = [end for (_, end), (start, _) in pairwise(pieces) if start == end]
    assert all(power[round(cut * SAMPLE_RATE)] < 0.1 * loud for cut in inner)


def test_a_lone_word_gets_its_pauses() -> None:
    word = read_audio(DEMO[0]).samples[int(0.6 * SAMPLE_RATE) : int(1.0 * SAMPLE_RATE)]
    waveform = Waveform(np.concatenate([silence(2), word, silence(2)]))
    spans = speech_spans(waveform)
    pieces = utterance_spans(waveform, 1.0, 12.0)
    assert len(pieces) == len(spans) == 1
    assert pieces[0][1] - pieces[0][0] == pytest.approx(1.0, abs=1e-6)
    assert pieces[0][0] <= spans[0][0]
    assert pieces[0][1] >= spans[0][1]


@pytest.mark.parametrize(("least", "most"), [(0, 5), (-1, 5), (3, 5), (float("nan"), 5)])
def test_lengths_that_cannot_be(least: float, most: float) -> None:
    with pytest.raises(SettingsError, match="min_seconds"):
        utterance_spans(Waveform(silence(1)), least, most)
