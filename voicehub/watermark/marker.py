"""Marking speech and finding the mark, with one secret key."""

import numpy as np

from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import WatermarkError
from voicehub.watermark.cells import Floats, band_energy, spectra, with_gains
from voicehub.watermark.code import PAYLOAD_BITS, encode
from voicehub.watermark.embedding import gains
from voicehub.watermark.pattern import pattern_of
from voicehub.watermark.search import Detection, find

_SNR_DB = 30.2  # of the speech to what marking changes
_LEAST_ENERGY = 1e-8  # mean square of samples under which there is nothing to mark: -80 dBFS


class Marker:
    """Marks speech with the secret ``key`` of 32 bytes, and finds that mark again."""

    def __init__(self, key: bytes) -> None:
        self._pattern = pattern_of(key)

    def embed(self, waveform: Waveform, payload: int) -> Waveform:
        """Return the speech of ``waveform`` (24 kHz) with ``payload`` in it, of the same length.

        The same speech and payload give the same result. What is shorter than about a second is
        marked, but found only together with more. Raises ``WatermarkError`` where no mark can be
        put in: in silence, and in what has no sound between 300 and 7200 Hz.
        """
        if not 0 <= payload < 1 << PAYLOAD_BITS:
            raise WatermarkError(f"a payload has {PAYLOAD_BITS} bits, got {payload}")
        samples = _checked(waveform)
        energy = float(np.vdot(samples, samples))
        if energy <= _LEAST_ENERGY * len(samples):
            raise WatermarkError("silence cannot be marked; give speech")
        spectrum = spectra(samples)
        change = gains(
            band_energy(spectrum), self._pattern, encode(payload), energy * 10 ** (-_SNR_DB / 10)
        )
        if change is None or not change.any():
            raise WatermarkError("there is nothing in this sound that could bear a mark")
        marked = np.clip(with_gains(samples, spectrum, change), -1.0, 1.0)
        return Waveform(marked, waveform.sample_rate, waveform.source_rate)

    def detect(self, waveform: Waveform) -> Detection | None:
        """Return what is marked in ``waveform`` (24 kHz), or None where there is no mark of this key."""
        return find(_checked(waveform), self._pattern)


def _checked(waveform: Waveform) -> Floats:
    if waveform.sample_rate != SAMPLE_RATE:
        raise WatermarkError(
            f"marks live in speech of {SAMPLE_RATE} Hz, got {waveform.sample_rate} Hz"
        )
    return waveform.samples
