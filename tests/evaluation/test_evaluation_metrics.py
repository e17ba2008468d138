"""Mel, cepstral and F0 distances against hand answers and synthetic vowels."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.fft import dct

from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.evaluation.dtw import WarpingPath
from voicehub.evaluation.metrics import (
    compare,
    mel_cepstral_distortion,
    mel_cepstrum,
    mel_correlation,
    mel_mse,
    pitch_errors,
)
from voicehub.features.f0 import F0Track
from voicehub.features.mel import log_mel


def track(*f0: float) -> F0Track:
    values = np.array(f0, np.float32)
    return F0Track(values, values > 0)


def test_mel_mse_by_hand() -> None:
    fake, real = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 4.0]])
    assert mel_mse(fake, real) == (4 + 9) / 4


def test_mel_correlation_by_hand() -> None:
    real = np.array([[1.0, 2.0, 3.0]])
    assert mel_correlation(2 * real - 5, real) == pytest.approx(1)
    assert mel_correlation(-real, real) == pytest.approx(-1)
    assert mel_correlation(np.array([[1.0, 0.0, 1.0]]), real) == pytest.approx(0)
    assert mel_correlation(np.array([[1.0, 3.0, 2.0]]), real) == pytest.approx(0.5)
    assert mel_correlation(np.ones((1, 3)), real) == 0.0


def test_mels_of_two_shapes_are_refused() -> None:
    with pytest.raises(InputError, match=r"\(80, 3\) and \(80, 4\)"):
        mel_mse(np.zeros((80, 3)), np.zeros((80, 4)))
    with pytest.raises(InputError, match="not empty"):
        mel_correlation(np.zeros((80, 0)), np.zeros((80, 0)))


def test_cepstrum_is_scipys_cosine_transform() -> None:
    mel = np.random.default_rng(0).normal(size=(80, 5))
    expected = dct(mel, type=2, axis=0)[1:14] / 80
    np.testing.assert_allclose(mel_cepstrum(mel), expected, atol=1e-12)


def test_cepstral_distortion_by_hand() -> None:
    """One cosine of height 0.5 neper is (10 / ln 10) sqrt(2 * 0.25) dB, an offset is nothing."""
    mel = np.random.default_rng(0).normal(size=(80, 6))
    cosine = np.cos(np.pi * 4 * (np.arange(80) + 0.5) / 80)[:, None]
    too_fine = np.cos(np.pi * 30 * (np.arange(80) + 0.5) / 80)[:, None]
    expected = 10 / np.log(10) * np.sqrt(0.5)
    assert mel_cepstral_distortion(mel + 0.5 * cosine, mel) == pytest.approx(expected, rel=0.02)
    one = mel[:, :1]
    assert mel_cepstral_distortion(one + 0.5 * cosine, one) == pytest.approx(expected)
    assert mel_cepstral_distortion(mel + 3.0, mel) == pytest.approx(0, abs=1e-9)
    assert mel_cepstral_distortion(mel + too_fine, mel) == pytest.approx(0, abs=1e-9)
    assert mel_cepstral_distortion(mel, mel) == 0.0


def test_cepstrum_refuses_more_coefficients_than_bands() -> None:
    with pytest.raises(InputError, match="got 80"):
        mel_cepstrum(np.zeros((80, 3)), order=80)


def test_a_hundred_cents_are_a_hundred_cents() -> None:
    frames = np.arange(200)
    f0 = (150 * 2 ** (0.5 / 12 * np.sin(frames / 9))).astype(np.float32)
    voiced = np.ones(200, bool)
    errors = pitch_errors(F0Track(f0 * np.float32(2 ** (1 / 12)), voiced), F0Track(f0, voiced))
    assert errors.rmse_cents == pytest.approx(100, abs=0.01)
    assert errors.correlation == pytest.approx(1)
    assert errors.voicing_error == 0
    assert errors.n_voiced == 200


def test_only_frames_voiced_in_both_count_for_f0() -> None:
    errors = pitch_errors(track(100, 0, 200, 300), track(110, 120, 0, 330))
    assert errors.rmse_hz == pytest.approx(np.sqrt((10**2 + 30**2) / 2))
    assert errors.voicing_error == 0.5
    assert errors.n_voiced == 2


def test_unvoiced_speech_has_no_f0_error() -> None:
    errors = pitch_errors(track(0, 0), track(100, 0))
    assert (errors.rmse_cents, errors.rmse_hz, errors.correlation) == (None, None, None)
    assert errors.voicing_error == 0.5
    with pytest.raises(InputError, match="got none"):
        pitch_errors(track(), track())


def test_f0_is_compared_along_the_path_and_not_beyond_the_track() -> None:
    path = WarpingPath(np.array([0, 1, 2, 3]), np.array([0, 0, 1, 1]))
    errors = pitch_errors(track(100, 100, 200), track(100, 200), path)
    assert errors.rmse_hz == 0
    assert errors.n_voiced == 3


def test_a_recording_equals_itself(vowel: Callable[..., Waveform]) -> None:
    figures = compare(vowel(), vowel()).as_dict()
    assert figures["mel_mse"] == 0
    assert figures["mcd_db"] == 0
    assert figures["f0_rmse_cents"] == 0
    assert figures["voicing_error"] == 0
    assert figures["mel_correlation"] == pytest.approx(1)


def test_a_vowel_a_semitone_up(vowel: Callable[..., Waveform]) -> None:
    raised = compare(vowel(140 * 2 ** (1 / 12)), vowel(140))
    assert raised.pitch.rmse_cents == pytest.approx(100, abs=6)
    other = compare(vowel(140, name="i"), vowel(140))
    assert raised.mcd_db < other.mcd_db


def test_time_shift_costs_little(vowel: Callable[..., Waveform]) -> None:
    sound = vowel().samples
    real, late = (Waveform(np.pad(sound, (256 * lead, 0))) for lead in (6, 18))
    real_mel, late_mel = log_mel(real.samples), log_mel(late.samples)
    n_frames = real_mel.shape[1]
    assert compare(late, real).mel_mse < 0.5 * mel_mse(late_mel[:, :n_frames], real_mel)
