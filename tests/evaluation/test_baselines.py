"""Griffin-Lim, MFCC and pitch-shift baselines on synthetic vowels."""

from collections.abc import Callable

import numpy as np
import pytest

from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.evaluation.baselines import griffin_lim_copy, pitch_shift_conversion
from voicehub.evaluation.metrics import mel_correlation, mel_mse
from voicehub.features.f0 import track_f0
from voicehub.features.mel import log_mel
from voicehub.features.mfcc_inverse import mfcc_to_samples, samples_to_mfcc


def test_griffin_lim_keeps_length_and_mel(vowel: Callable[..., Waveform]) -> None:
    source = vowel()
    copy = griffin_lim_copy(source)
    assert len(copy.samples) == len(source.samples)
    assert mel_correlation(log_mel(copy.samples), log_mel(source.samples)) > 0.95
    assert np.array_equal(copy.samples, griffin_lim_copy(source).samples)


def test_griffin_lim_refuses_a_click() -> None:
    with pytest.raises(InputError, match="got 10"):
        griffin_lim_copy(Waveform(np.zeros(10, np.float32)))


@pytest.mark.parametrize("target", [110.0, 140.0, 210.0])
def test_pitch_shift_reaches_the_target(vowel: Callable[..., Waveform], target: float) -> None:
    source = vowel(140.0)
    shifted = pitch_shift_conversion(source, 140.0, target)
    assert len(shifted.samples) == len(source.samples)
    assert track_f0(shifted.samples).median() == pytest.approx(target, rel=0.02)


def test_pitch_shift_refuses_what_is_no_pitch(vowel: Callable[..., Waveform]) -> None:
    with pytest.raises(InputError, match="above 0 Hz, got 0 and 100"):
        pitch_shift_conversion(vowel(), 0.0, 100.0)
    with pytest.raises(InputError, match="octaves apart"):
        pitch_shift_conversion(vowel(), 10.0, 1000.0)


def test_mfcc_frames_and_inversion(vowel: Callable[..., Waveform]) -> None:
    source = vowel()
    mfcc = samples_to_mfcc(source.samples)
    assert mfcc.shape == (20, 1 + len(source.samples) // 512)
    assert samples_to_mfcc(source.samples[:100]).shape == (20, 1)
    copy = mfcc_to_samples(mfcc)
    assert len(copy) == (mfcc.shape[1] - 1) * 512
    assert np.array_equal(copy, mfcc_to_samples(mfcc))
    real, other = log_mel(source.samples[: len(copy)]), log_mel(copy)
    noise = np.random.default_rng(0).normal(0, 0.05, len(copy)).astype(np.float32)
    assert mel_mse(other, real) < 0.5 * mel_mse(log_mel(noise), real)
