"""The F0 tracker on pitches that are known, and beside pYIN on real speech."""

from pathlib import Path

import librosa
import numpy as np
import pytest
from signals import add_noise, glide, pink_noise, tone, vowel, white_noise

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.errors import SettingsError
from voicehub.features.f0 import track_f0
from voicehub.features.mel import HOP_LENGTH

DEMO = Path(__file__).parents[2] / "demo"
GLIDES = [(100, 140), (140, 100), (70, 75), (80, 120), (150, 220), (300, 400), (400, 300)]


def cents(track: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return 1200 * np.log2(track / truth)


@pytest.mark.parametrize(("start", "end"), GLIDES)
@pytest.mark.parametrize("kind", ["sawtooth", "a", "i", "u"])
def test_glides_are_followed_within_ten_cents(start: float, end: float, kind: str) -> None:
    samples, f0 = glide(start, end, 2.0)
    if kind != "sawtooth":
        samples = vowel(f0, kind)
    track = track_f0(samples)
    inner = slice(4, -4)
    truth = f0[np.minimum(np.arange(len(track.f0)) * HOP_LENGTH, len(f0) - 1)]
    assert track.voiced[inner].all()
    assert np.abs(cents(track.f0[inner], truth[inner])).max() < 10


@pytest.mark.parametrize("hz", [65.0, 110.0, 220.0, 333.0, 480.0])
def test_a_steady_pitch_is_exact(hz: float) -> None:
    track = track_f0(vowel(np.full(SAMPLE_RATE, hz)))
    assert abs(cents(np.array([track.median()]), np.array([hz]))[0]) < 3


def test_noise_and_silence_are_unvoiced() -> None:
    assert track_f0(white_noise(3.0)).voiced.mean() < 0.01
    assert track_f0(pink_noise(3.0)).voiced.mean() < 0.05
    silent = track_f0(np.zeros(SAMPLE_RATE, np.float32))
    assert not silent.voiced.any()
    assert silent.median() == 0


def test_mains_hum_in_a_pause_is_unvoiced() -> None:
    hum = tone(50, 1.0, amplitude=0.002)
    voice = vowel(np.full(SAMPLE_RATE, 150.0))
    track = track_f0(np.concatenate([hum, voice, hum]))
    second = SAMPLE_RATE // HOP_LENGTH
    assert not track.voiced[: second - 4].any()
    assert track.voiced[second + 4 : 2 * second - 4].all()
    assert not track.voiced[2 * second + 4 :].any()


def test_a_noisy_voice_is_still_found() -> None:
    voice = vowel(np.full(2 * SAMPLE_RATE, 180.0))
    track = track_f0(add_noise(voice, white_noise(2.0), 10.0))
    assert track.voiced.mean() > 0.9
    assert abs(cents(np.array([track.median()]), np.array([180.0]))[0]) < 10


def test_f0_is_zero_exactly_where_unvoiced() -> None:
    track = track_f0(read_audio(next(DEMO.glob("reader-m/*.opus"))).samples)
    np.testing.assert_array_equal(track.f0 > 0, track.voiced)
    assert track.f0.dtype == np.float32
    voiced = track.f0[track.voiced]
    assert voiced.min() > 55
    assert voiced.max() < 550


@pytest.mark.parametrize("reader", ["reader-f", "reader-m"])
def test_it_agrees_with_pyin_on_real_speech(reader: str) -> None:
    samples = read_audio(sorted((DEMO / reader).glob("*.opus"))[-1], max_seconds=5.0).samples
    track = track_f0(samples)
    theirs, voiced, _ = librosa.pyin(
        samples, fmin=60, fmax=500, sr=SAMPLE_RATE, frame_length=1024, hop_length=HOP_LENGTH
    )
    count = min(len(theirs), len(track.f0))
    both = voiced[:count] & track.voiced[:count]
    assert (voiced[:count] == track.voiced[:count]).mean() > 0.7
    assert both.mean() > 0.3
    apart = np.abs(cents(track.f0[:count][both], theirs[:count][both]))
    assert (apart < 50).mean() > 0.85
    assert np.median(apart) < 15  # pYIN's own grid is 10 cents


@pytest.mark.parametrize("count", [0, 1, 2, 100, 256, 5000])
def test_every_length_has_its_frames(count: int) -> None:
    track = track_f0(white_noise(1.0)[:count])
    assert track.f0.shape == track.voiced.shape == (1 + count // HOP_LENGTH,)


@pytest.mark.parametrize(("fmin", "fmax"), [(10, 500), (60, 5000), (200, 200), (500, 60)])
def test_impossible_ranges_are_refused(fmin: float, fmax: float) -> None:
    with pytest.raises(SettingsError, match="need 20 <= fmin < fmax <= 2000"):
        track_f0(np.zeros(1000, np.float32), fmin, fmax)
