"""MFCCs against librosa and scipy, deltas against lines and parabolas."""

import librosa
import numpy as np
import pytest
import scipy.fft
from signals import speech_like, white_noise

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.errors import SettingsError
from voicehub.features.mel import MODEL_MEL, mel_basis, stft_magnitude
from voicehub.features.mfcc import deltas, mfcc


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return speech_like(1.5, seed=4).samples + white_noise(1.5, rms=0.003)


def test_mfcc_is_librosas(samples: np.ndarray) -> None:
    theirs = librosa.feature.mfcc(
        y=samples,
        sr=SAMPLE_RATE,
        n_mfcc=20,
        n_fft=1024,
        hop_length=256,
        n_mels=80,
        fmin=40.0,
        fmax=7600.0,
        pad_mode="reflect",
    )
    np.testing.assert_allclose(mfcc(samples), theirs, atol=2e-2)


def test_mfcc_is_the_cosine_transform_of_the_mel_in_db(samples: np.ndarray) -> None:
    power = mel_basis(MODEL_MEL) @ stft_magnitude(samples) ** 2
    decibel = 10 * np.log10(np.maximum(power, 1e-10))
    decibel = np.maximum(decibel, decibel.max() - 80)
    expected = scipy.fft.dct(decibel, axis=0, norm="ortho")
    np.testing.assert_allclose(mfcc(samples, 80), expected, atol=1e-2)


def test_twice_as_loud_moves_only_the_first_coefficient(samples: np.ndarray) -> None:
    quiet, loud = mfcc(samples), mfcc(2 * samples)
    np.testing.assert_allclose(loud[0] - quiet[0], 20 * np.log10(2) * np.sqrt(80), atol=0.05)
    np.testing.assert_allclose(loud[1:], quiet[1:], atol=0.05)


def test_a_flat_spectrum_has_no_shape() -> None:
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[40 * 256] = 1.0
    bands = 10 * np.log10(mel_basis(MODEL_MEL).sum(1))
    expected = scipy.fft.dct(bands.astype(np.float64), norm="ortho")[:20]
    np.testing.assert_allclose(mfcc(click)[:, 40], expected, atol=0.05)


@pytest.mark.parametrize("count", [0, 1, 600, 5000])
def test_every_length_has_its_frames(count: int) -> None:
    coefficients = mfcc(white_noise(1.0)[:count])
    assert coefficients.shape == (20, 1 + count // 256)
    for order in (1, 2):
        assert deltas(coefficients, order).shape == coefficients.shape


def test_deltas_of_a_line_and_a_parabola() -> None:
    time = np.arange(40, dtype=np.float32)
    curves = np.stack([0 * time + 7, 3 * time, 0.5 * time**2])
    first, second = deltas(curves), deltas(curves, order=2)
    np.testing.assert_allclose(first[:2], [0 * time, 0 * time + 3], atol=1e-4)
    np.testing.assert_allclose(first[2, 4:-4], time[4:-4], atol=1e-3)
    np.testing.assert_allclose(second, [0 * time, 0 * time, 0 * time + 1], atol=1e-3)


@pytest.mark.parametrize("n_mfcc", [0, -1, 81])
def test_impossible_counts_are_refused(n_mfcc: int) -> None:
    with pytest.raises(SettingsError, match="need 0 < n_mfcc <= 80"):
        mfcc(np.zeros(1000, np.float32), n_mfcc)


def test_impossible_orders_are_refused() -> None:
    with pytest.raises(SettingsError, match="1 or 2"):
        deltas(np.zeros((2, 20), np.float32), order=3)
