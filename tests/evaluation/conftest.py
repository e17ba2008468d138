"""Synthetic speech-like sounds for the tests of evaluation."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from voicehub.audio.waveform import SAMPLE_RATE, Waveform

Vowel = Callable[..., Waveform]


def make_vowel(
    f0: float = 140.0,
    seconds: float = 1.2,
    formants: tuple[float, ...] = (600.0, 1200.0, 2600.0),
    vibrato_cents: float = 40.0,
    seed: int = 0,
) -> Waveform:
    """Return a harmonic tone with vibrato and formants, and a little noise as breath."""
    n = int(seconds * SAMPLE_RATE)
    time = np.arange(n) / SAMPLE_RATE
    track = f0 * 2 ** (vibrato_cents / 1200 * np.sin(2 * np.pi * 5 * time))
    phase = 2 * np.pi * np.cumsum(track) / SAMPLE_RATE
    sound = np.zeros(n)
    for harmonic in range(1, int(7000 / f0)):
        frequency = harmonic * f0
        gain = sum(1 / (1 + ((frequency - formant) / 120) ** 2) for formant in formants)
        sound += (gain + 0.01) * np.sin(harmonic * phase)
    sound *= 0.3 / np.abs(sound).max()
    sound += 0.001 * np.random.default_rng(seed).normal(size=n)
    edge = np.minimum(1, np.minimum(time, time[::-1]) / 0.05)
    samples: NDArray[np.float32] = (sound * edge).astype(np.float32)
    return Waveform(samples)


@pytest.fixture
def vowel() -> Vowel:
    """Return the maker of synthetic vowels."""
    return make_vowel
