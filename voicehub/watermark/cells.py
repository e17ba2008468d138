"""Cells of speech: the loudness of narrow bands in short frames, measured and changed."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

from voicehub.audio.waveform import SAMPLE_RATE

FRAME = 960  # samples of a frame: 40 ms
HOP = 480  # samples from one frame to the next
BIN_HZ = SAMPLE_RATE / FRAME
BINS_PER_BAND = 6  # 150 Hz
FIRST_BIN = 12  # 300 Hz: what a telephone lets through
BANDS = 46  # up to 7200 Hz: what wideband speech has
_LAST_BIN = FIRST_BIN + BANDS * BINS_PER_BAND
_AT_ONCE = 32  # frames: few enough for the processor to keep them near
_NEPER = np.float32(np.log(10) / 20)  # a decibel as a natural logarithm of amplitude
_FLOOR = 1e-10  # energy under which a band counts as silent

Floats = NDArray[np.float32]


@lru_cache(maxsize=1)
def _window() -> Floats:
    """Return the square root of a Hann window: used twice, half-overlapped, it sums to one."""
    return np.sin(np.pi * (np.arange(FRAME) + 0.5) / FRAME).astype(np.float32)


def spectra(samples: Floats, start: int = 0) -> NDArray[np.complex64]:
    """Return the spectra (frames, bins) of the bands of frames that begin at ``start - HOP`` samples."""
    body = samples[start:]
    count = -(-len(body) // HOP) + 1
    padded = np.zeros((count + 1) * HOP, np.float32)
    padded[HOP : HOP + len(body)] = body
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    return rfft(frames * _window())[:, FIRST_BIN:_LAST_BIN]


def band_energy(spectrum: NDArray[np.complex64]) -> Floats:
    """Return the energy (frames, bands) of spectra: summed, that of the samples."""
    power = spectrum.real**2 + spectrum.imag**2
    return power.reshape(len(power), BANDS, BINS_PER_BAND).sum(2) * (2 / FRAME)


def loudness(energy: Floats) -> Floats:
    """Return energies in decibels."""
    return 10 * np.log10(energy + _FLOOR)


def with_gains(samples: Floats, spectrum: NDArray[np.complex64], gains_db: Floats) -> Floats:
    """Return ``samples`` with the cells of ``spectrum`` raised by ``gains_db`` (frames, bands)."""
    factor = np.repeat(np.expm1(gains_db * _NEPER), BINS_PER_BAND, axis=1)
    full = np.zeros((_AT_ONCE, FRAME // 2 + 1), np.complex64)
    change = np.zeros((len(spectrum) + 1, HOP), np.float32)
    for first in range(0, len(spectrum), _AT_ONCE):
        last = min(first + _AT_ONCE, len(spectrum))
        part = full[: last - first]
        np.multiply(spectrum[first:last], factor[first:last], out=part[:, FIRST_BIN:_LAST_BIN])
        frames = irfft(part, FRAME) * _window()
        change[first:last] += frames[:, :HOP]
        change[first + 1 : last + 1] += frames[:, HOP:]
    return samples + change.reshape(-1)[HOP : HOP + len(samples)]
