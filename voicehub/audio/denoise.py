"""Noise reduction, off by default: a log-spectral amplitude estimator on a tracked noise floor."""

from collections.abc import Iterator

import numpy as np
import scipy.special
from numpy.typing import NDArray

from voicehub.audio.waveform import Waveform

_WINDOW_SECONDS = 0.032
_BLOCK = 1024  # frames transformed at a time
_SMOOTHING = 0.96  # alpha of the decision-directed a priori SNR, at a hop of 16 ms
_MIN_PRIOR_SNR = 10 ** (-25 / 10)
_TINY = 1e-12  # power


def denoise(waveform: Waveform, max_reduction_db: float = 12.0) -> Waveform:
    """Lower steady noise by up to ``max_reduction_db``; length and speech level stay.

    Gain: Ephraim and Malah, "Speech enhancement using a minimum mean-square error log-spectral
    amplitude estimator", IEEE Transactions on ASSP 1985, equation 20, with the decision-directed
    a priori SNR of their 1984 paper. Noise power: `_NoiseFloor`.
    """
    size = 2 * int(_WINDOW_SECONDS * waveform.sample_rate / 2)
    hop = size // 2
    # The square root of a periodic Hann window, twice applied at half overlap, adds up to one.
    window = np.sin(np.pi * np.arange(size) / size)
    samples = np.pad(waveform.samples.astype(np.float64), (hop, size + hop))
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    floor = _NoiseFloor(_starting_noise(frames, window))
    gains = _Gains(size // 2 + 1, 10 ** (-max_reduction_db / 20))
    output = np.zeros(len(samples))
    for start, spectra in _spectra(frames, window):
        for index, spectrum in enumerate(spectra):
            power = np.abs(spectrum) ** 2 + _TINY
            spectrum *= gains.update(power, floor.update(power))
            place = (start + index) * hop
            output[place : place + size] += window * np.fft.irfft(spectrum, size)
    cleaned = output[hop : hop + len(waveform.samples)].astype(np.float32)
    return Waveform(cleaned, waveform.sample_rate, waveform.source_rate)


def _spectra(
    frames: NDArray[np.float64], window: NDArray[np.float64]
) -> Iterator[tuple[int, NDArray[np.complex128]]]:
    for start in range(0, len(frames), _BLOCK):
        yield start, np.fft.rfft(frames[start : start + _BLOCK] * window, axis=1)


def _starting_noise(
    frames: NDArray[np.float64], window: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a first guess of the noise power per bin: the quietest tenth of up to 1,000 frames."""
    chosen = frames[:: max(1, len(frames) // 1000)]
    power = np.abs(np.fft.rfft(chosen * window, axis=1)) ** 2
    quiet = power[np.argsort(power.sum(1))[: max(1, len(power) // 10)]]
    return np.asarray(quiet.mean(0) + _TINY)


class _NoiseFloor:
    """Follows the noise power per bin by the probability that speech is present.

    Gerkmann and Hendriks, "Unbiased MMSE-based noise power estimation with low complexity and low
    tracking delay", IEEE Transactions on Audio, Speech and Language Processing, 2012.
    """

    _PRIOR = 10 ** (15 / 10)  # SNR where speech is present

    def __init__(self, power: NDArray[np.float64]) -> None:
        self.power = power
        self._mean_presence = np.zeros_like(power)

    def update(self, observed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the next frame's power per bin and return the noise power."""
        exponent = np.minimum(observed / self.power * self._PRIOR / (1 + self._PRIOR), 200.0)
        presence = 1 / (1 + (1 + self._PRIOR) * np.exp(-exponent))
        self._mean_presence = 0.9 * self._mean_presence + 0.1 * presence
        # A floor that has stayed under the noise would call it speech for ever.
        presence = np.where(self._mean_presence > 0.99, np.minimum(presence, 0.99), presence)
        estimate = presence * self.power + (1 - presence) * observed
        self.power = np.maximum(0.8 * self.power + 0.2 * estimate, _TINY)
        return self.power


class _Gains:
    """The gain of each bin, from its observed and its noise power."""

    def __init__(self, n_bins: int, floor: float) -> None:
        self._floor = floor
        self._last_clean = np.zeros(n_bins)  # last frame's clean power over its noise power

    def update(
        self, observed: NDArray[np.float64], noise: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the gain (n_bins,) for the next frame."""
        posterior = np.minimum(observed / noise, 1e4)
        prior = _SMOOTHING * self._last_clean + (1 - _SMOOTHING) * np.maximum(posterior - 1, 0)
        prior = np.maximum(prior, _MIN_PRIOR_SNR)
        wiener = prior / (1 + prior)
        gain = wiener * np.exp(0.5 * scipy.special.exp1(np.maximum(wiener * posterior, 1e-8)))
        gain = np.minimum(gain, 1.0)
        self._last_clean = gain**2 * posterior
        return np.asarray(np.maximum(gain, self._floor))
