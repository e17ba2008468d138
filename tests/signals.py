"""Synthetic signals for tests: tones, noises, and voices whose F0 and pauses are known."""

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from voicehub.audio.waveform import SAMPLE_RATE, Waveform

Samples = NDArray[np.float32]

VOWELS = {  # formant frequencies in Hz, a man's, after Peterson and Barney 1952
    "a": (730.0, 1090.0, 2440.0, 3400.0),
    "i": (270.0, 2290.0, 3010.0, 3700.0),
    "u": (300.0, 870.0, 2240.0, 3400.0),
    "e": (530.0, 1840.0, 2480.0, 3500.0),
    "o": (570.0, 840.0, 2410.0, 3400.0),
}
_BANDWIDTHS = (70.0, 100.0, 140.0, 200.0)  # Hz


def tone(
    frequency: float, seconds: float, amplitude: float = 0.5, sample_rate: int = SAMPLE_RATE
) -> Samples:
    """Return a sine."""
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    return np.asarray(amplitude * np.sin(2 * np.pi * frequency * time), np.float32)


def white_noise(
    seconds: float, rms: float = 0.1, seed: int = 0, sample_rate: int = SAMPLE_RATE
) -> Samples:
    """Return Gaussian noise."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * sample_rate))
    return (rms * noise).astype(np.float32)


def pink_noise(seconds: float, rms: float = 0.1, seed: int = 0) -> Samples:
    """Return noise whose power falls by 3 dB per octave above 20 Hz."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE))
    spectrum = np.fft.rfft(white)
    frequency = np.fft.rfftfreq(len(white), 1 / SAMPLE_RATE)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequency, 20.0)), len(white))
    return np.asarray(rms * pink / np.sqrt(np.mean(pink**2)), np.float32)


def glide(start_hz: float, end_hz: float, seconds: float) -> tuple[Samples, NDArray[np.float64]]:
    """Return a harmonic tone whose pitch moves evenly in octaves, and its F0 per sample (Hz)."""
    f0 = np.geomspace(start_hz, end_hz, round(seconds * SAMPLE_RATE))
    samples = harmonic(f0)
    return (0.3 * samples / np.abs(samples).max()).astype(np.float32), f0


def harmonic(f0: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return all harmonics of ``f0`` (Hz per sample) that fit the rate, 6 dB per octave down."""
    phase = 2 * np.pi * np.cumsum(f0) / SAMPLE_RATE
    twice_cosine = 2 * np.cos(phase)
    before, sine = np.zeros(len(f0)), np.sin(phase)
    samples = np.zeros(len(f0))
    for number in range(1, int(SAMPLE_RATE / 2 / f0.min()) + 1):
        samples += np.where(number * f0 < 0.48 * SAMPLE_RATE, sine / number, 0.0)
        # sin((n + 1) x) = 2 cos(x) sin(n x) - sin((n - 1) x) is much faster than another sine.
        before, sine = sine, twice_cosine * sine - before
    return samples


def vowel(f0: NDArray[np.float64], name: str = "a", scale: float = 1.0) -> Samples:
    """Return a sung vowel with peak 0.3; ``scale`` moves its formants as another throat would."""
    samples = harmonic(f0)
    for frequency, width in zip(VOWELS[name], _BANDWIDTHS, strict=True):
        radius = np.exp(-np.pi * width / SAMPLE_RATE)
        angle = 2 * np.pi * frequency * scale / SAMPLE_RATE
        poles = [1.0, -2 * radius * np.cos(angle), radius**2]
        samples = scipy.signal.lfilter([sum(poles)], poles, samples)
    return np.asarray(0.3 * samples / np.abs(samples).max(), np.float32)


def speech_like(
    seconds: float, pitch_hz: float = 120.0, scale: float = 1.0, seed: int = 0
) -> Waveform:
    """Return syllables of vowels and hisses with a moving pitch and a pause after every few."""
    random = np.random.default_rng(seed)
    parts: list[Samples] = [np.zeros(SAMPLE_RATE // 4, np.float32)]
    total = len(parts[0])
    while total < seconds * SAMPLE_RATE:
        for _ in range(random.integers(5, 9)):
            syllable = _syllable(random, pitch_hz, scale)
            parts.append(syllable)
            total += len(syllable)
        pause = np.zeros(int(random.uniform(0.35, 0.6) * SAMPLE_RATE), np.float32)
        parts.append(pause)
        total += len(pause)
    return Waveform(np.concatenate(parts)[: round(seconds * SAMPLE_RATE)])


def _syllable(random: np.random.Generator, pitch_hz: float, scale: float) -> Samples:
    count = int(random.uniform(0.12, 0.25) * SAMPLE_RATE)
    start, end = pitch_hz * random.uniform(0.85, 1.25, 2)
    voiced = vowel(np.geomspace(start, end, count), random.choice(list(VOWELS)), scale)
    hiss = random.standard_normal(int(random.uniform(0.04, 0.09) * SAMPLE_RATE))
    sections = scipy.signal.butter(2, [3000, 9000], "bandpass", fs=SAMPLE_RATE, output="sos")
    hiss = 0.03 * scipy.signal.sosfilt(sections, hiss) * np.hanning(len(hiss))
    edge = int(0.03 * SAMPLE_RATE)
    voiced[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)
    voiced[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
    return np.concatenate([hiss, voiced]).astype(np.float32)


def add_noise(speech: Samples, noise: Samples, snr_db: float) -> Samples:
    """Add ``noise`` scaled so that the power of ``speech`` is ``snr_db`` above it."""
    power = float(np.mean(speech.astype(np.float64) ** 2))
    gain = np.sqrt(power / np.mean(noise.astype(np.float64) ** 2) / 10 ** (snr_db / 10))
    return np.asarray(speech + gain * noise[: len(speech)], np.float32)
