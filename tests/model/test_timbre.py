"""The timbre of a voice, from little speech and much, and what the generator makes of it."""

import numpy as np
import pytest
import torch

from voicehub.features.mel import MODEL_MEL, N_FFT
from voicehub.model.generator import N_BINS, Controls, Generator, GeneratorConfig, sharpened
from voicehub.model.timbre import (
    estimate_timbre,
    phone_spectra,
    sum_spectra,
    usual_timbre,
)
from voicehub.text.phonemes import PHONE_INDEX, PHONES

N_MELS = MODEL_MEL.n_mels
FULL = 12_000.0


def speech(offset: float, frames: int, phones: list[int], seed: int = 0):
    """Return posteriors and mel of somebody whose phones all lie ``offset`` above number / 10."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(phones, frames)
    posteriors = np.eye(len(PHONES), dtype=np.float32)[chosen].T
    mel = chosen / 10 + offset + 0.1 * rng.standard_normal((N_MELS, frames))
    return posteriors, mel.astype(np.float32)


@pytest.fixture
def usual():
    every = list(range(1, len(PHONES)))
    return usual_timbre(phone_spectra(*speech(-5.0, 20_000, every), FULL))


def test_with_much_speech_it_is_the_mean_of_each_phone(usual):
    timbre = estimate_timbre(phone_spectra(*speech(-4.0, 20_000, [3, 7, 9]), FULL), usual)
    for phone in (3, 7, 9):
        assert np.abs(timbre[phone] - (phone / 10 - 4.0)).max() < 0.05


def test_phones_that_were_not_heard_move_with_those_that_were(usual):
    timbre = estimate_timbre(phone_spectra(*speech(-4.0, 2_000, [3, 7, 9]), FULL), usual)
    assert np.abs(timbre[20] - (2.0 - 4.0)).max() < 0.1
    silence = PHONE_INDEX["SIL"]
    assert np.allclose(timbre[silence], usual[silence])


def test_nothing_heard_is_what_is_usual_and_little_is_near_it(usual):
    assert np.allclose(estimate_timbre(sum_spectra([]), usual), usual)
    little = estimate_timbre(phone_spectra(*speech(-4.0, 5, [3, 7]), FULL), usual)
    assert 0.0 < float((little[30] - usual[30]).mean()) < 0.5


def test_bands_above_the_bandwidth_stay_usual(usual):
    posteriors, mel = speech(-4.0, 20_000, [3, 7, 9])
    timbre = estimate_timbre(phone_spectra(posteriors, mel, 4000.0), usual)
    assert np.abs(timbre[3, :40] - (0.3 - 4.0)).max() < 0.05
    assert np.allclose(timbre[3, -5:], usual[3, -5:], atol=1e-5)


def test_recordings_add_up():
    posteriors, mel = speech(-4.0, 100, [3, 7])
    both = sum_spectra(
        [
            phone_spectra(posteriors[:, :40], mel[:, :40], FULL),
            phone_spectra(posteriors[:, 40:], mel[:, 40:], FULL),
        ]
    )
    whole = phone_spectra(posteriors, mel, FULL)
    assert np.allclose(both.sums, whole.sums, rtol=1e-4)
    assert np.array_equal(both.frames, whole.frames)


def test_the_generator_hears_of_timbre_only_once_it_was_trained_to():
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(width=32, hidden=48, n_blocks=2, detail_width=0)).eval()
    content = torch.softmax(torch.randn(1, len(PHONES), 20), 1)
    driving = (content, torch.full((1, 20), 120.0), torch.zeros(1, 20), torch.zeros(1, 256))
    low, high = (
        Controls(*driving, timbre=torch.full((1, len(PHONES), N_MELS), level))
        for level in (-7.0, -3.0)
    )
    with torch.no_grad():
        assert generator.filters(low).equal(generator.filters(high))
        generator.timbre_out.weight.fill_(0.01)
        assert (generator.filters(high) - generator.filters(low)).min() > 0


def test_sharpening_makes_ripples_larger_and_leaves_level_tilt_and_pitch():
    bins = torch.arange(N_BINS)
    shape = {
        order: torch.cos(2 * torch.pi * order * bins / N_FFT)[None, :, None]
        for order in (0, 1, 2, 30, 61)
    }
    phase = torch.randn(1, N_BINS, 1)
    for order, ripple in shape.items():
        filters = torch.cat([ripple, phase, 0.5 * ripple], 1)
        sharp = sharpened(filters, 0.3)
        factor = 1.3 if 2 <= order <= 60 else 1.0
        expected = torch.cat([factor * ripple, phase, factor * 0.5 * ripple], 1)
        assert torch.allclose(sharp, expected, atol=1e-4), order
