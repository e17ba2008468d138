"""Short synthetic vowels for the tests of evaluation."""

from collections.abc import Callable

import numpy as np
import pytest
from signals import vowel as sing

from voicehub.audio.waveform import SAMPLE_RATE, Waveform


def make_vowel(
    f0: float = 140.0, seconds: float = 1.2, name: str = "a", vibrato_cents: float = 40.0
) -> Waveform:
    """Return a sung vowel with vibrato around ``f0``, a little breath, and soft edges."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    track = f0 * 2 ** (vibrato_cents / 1200 * np.sin(2 * np.pi * 5 * time))
    breath = 0.001 * np.random.default_rng(0).normal(size=len(time))
    edge = np.clip(np.minimum(time, time[::-1]) / 0.05, 0, 1)
    return Waveform(((sing(track, name) + breath) * edge).astype(np.float32))


@pytest.fixture
def vowel() -> Callable[..., Waveform]:
    """Return the maker of synthetic vowels."""
    return make_vowel
