"""Marking speech and finding the mark, with one secret key."""

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import WatermarkError
from voicehub.watermark.cells import Floats, band_energy, loudness, spectra, with_gains
from voicehub.watermark.code import PAYLOAD_BITS, encode
from voicehub.watermark.features import contrast, limited, weights
from voicehub.watermark.pattern import PERIOD, PILOT, Pattern, pattern_of
from voicehub.watermark.search import Detection, detect

_SNR_DB = 28.5  # of the speech to what marking changes
_MOST_DB = 3.0  # that a cell is changed by
_LEAST_ENERGY = 1e-7  # mean square of samples under which there is nothing to mark
_TARGETS = np.linspace(0.5, 12.0, 24, dtype=np.float32)  # strengths that are tried, in deviations


class Marker:
    """Marks speech with the secret ``key`` of 32 bytes, and finds that mark again."""

    def __init__(self, key: bytes) -> None:
        self._pattern = pattern_of(key)

    def embed(self, waveform: Waveform, payload: int) -> Waveform:
        """Return the speech of ``waveform`` (24 kHz) with ``payload`` in it, of the same length.

        Raises ``WatermarkError`` where no mark can be put in: speech that is silent or no speech.
        """
        if not 0 <= payload < 1 << PAYLOAD_BITS:
            raise WatermarkError(f"a payload has {PAYLOAD_BITS} bits, got {payload}")
        samples = _checked(waveform)
        if not len(samples) or float(np.mean(samples**2)) < _LEAST_ENERGY:
            raise WatermarkError("silence cannot be marked; give speech")
        spectrum = spectra(samples)
        energy = band_energy(spectrum)
        budget = float(np.sum(samples.astype(np.float64) ** 2)) * 10 ** (-_SNR_DB / 10)
        gains = _gains(energy, self._pattern, encode(payload), budget)
        marked = np.clip(with_gains(samples, spectrum, gains), -1.0, 1.0)
        return Waveform(marked, waveform.sample_rate, waveform.source_rate)

    def detect(self, waveform: Waveform) -> Detection | None:
        """Return what is marked in ``waveform`` (24 kHz), or None where there is no mark of this key."""
        return detect(_checked(waveform), self._pattern)


def _checked(waveform: Waveform) -> Floats:
    if waveform.sample_rate != SAMPLE_RATE:
        raise WatermarkError(
            f"marks live in speech of {SAMPLE_RATE} Hz, got {waveform.sample_rate} Hz"
        )
    return waveform.samples


def _gains(energy: Floats, pattern: Pattern, coded: NDArray[np.float32], budget: float) -> Floats:
    """Return the changes in dB (frames, bands) that put all bits right within an energy ``budget``."""
    level = loudness(energy)
    rows = np.arange(len(level)) % PERIOD
    bit, wanted = pattern.bit[rows], np.append(coded, np.float32(1))
    direction = pattern.sign[rows] * wanted[bit]
    weight = weights(level)
    allowed = np.clip(1.2 - (level - np.percentile(level, 98)) / 30, 0.3, 2.0) * (weight > 0)
    cost = energy * 0.0133  # (ln 10 / 20)^2: the energy of a change of one decibel
    flat = bit.ravel()

    def by_bit(values: Floats) -> NDArray[np.float64]:
        return np.bincount(flat, values.ravel(), PILOT + 1)

    host = by_bit(limited(contrast(level)) * direction * weight)
    spread = np.sqrt(by_bit(weight**2)) + 1e-9
    reach = by_bit(weight**2 * allowed**2) + 1e-9
    price = by_bit(cost * weight**2 * allowed**4) / reach**2
    goal = np.full(PILOT + 1, 1.0)
    goal[PILOT] = 4.0
    needs = np.maximum(_TARGETS[:, None] * goal * spread - host, 0.0)
    affordable = (needs**2 * price).sum(1) <= budget
    need = needs[max(int(affordable.sum()) - 1, 0)]
    step = (need / reach)[bit] * weight * allowed**2
    return (direction * np.clip(step, 0.0, _MOST_DB)).astype(np.float32)
