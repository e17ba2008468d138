"""Noise goes, speech stays."""

from pathlib import Path

import numpy as np
import pytest
from signals import add_noise, pink_noise, white_noise

from voicehub.audio.denoise import denoise
from voicehub.audio.files import read_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform


@pytest.fixture(scope="module")
def clean() -> Waveform:
    demo = sorted((Path(__file__).parents[2] / "demo").glob("*/*.opus"))
    return read_audio(demo[-1], max_seconds=8.0)


def si_sdr_db(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Return the scale-invariant signal-to-distortion ratio (Le Roux and others 2019)."""
    reference, estimate = reference.astype(np.float64), estimate.astype(np.float64)
    target = estimate @ reference / (reference @ reference) * reference
    return float(10 * np.log10(np.sum(target**2) / np.sum((estimate - target) ** 2)))


@pytest.mark.parametrize(
    ("snr", "colour", "gain"),
    [
        (0, "white", 7), (10, "white", 5), (20, "white", 2),
        (0, "pink", 3), (10, "pink", 2.5), (20, "pink", 0.5),
    ],
)  # fmt: skip
def test_distortion_falls(clean: Waveform, snr: float, colour: str, gain: float) -> None:
    noise = white_noise(8.0, seed=1) if colour == "white" else pink_noise(8.0, seed=1)
    noisy = add_noise(clean.samples, noise, snr)
    cleaned = denoise(Waveform(noisy)).samples
    before = si_sdr_db(clean.samples, noisy)
    assert before == pytest.approx(snr, abs=0.2)
    assert si_sdr_db(clean.samples, cleaned) > before + gain


def test_clean_speech_is_hardly_touched(clean: Waveform) -> None:
    cleaned = denoise(clean)
    assert si_sdr_db(clean.samples, cleaned.samples) > 25
    assert cleaned.source_rate == clean.source_rate
    assert np.sum(cleaned.samples**2) == pytest.approx(np.sum(clean.samples**2), rel=0.05)


def test_noise_alone_falls_by_what_was_asked() -> None:
    noise = Waveform(white_noise(4.0))
    for reduction in (6.0, 12.0):
        cleaned = denoise(noise, reduction).samples[SAMPLE_RATE:]
        fall = 20 * np.log10(np.std(noise.samples) / np.std(cleaned))
        assert reduction - 3 < fall <= reduction + 0.1


@pytest.mark.parametrize("count", [0, 1, 700, 24_001])
def test_length_stays(count: int) -> None:
    assert len(denoise(Waveform(np.zeros(count, np.float32))).samples) == count


def test_no_reduction_gives_the_input_back(clean: Waveform) -> None:
    same = denoise(clean, max_reduction_db=0.0).samples
    np.testing.assert_allclose(same, clean.samples, atol=1e-6)
