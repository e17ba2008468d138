"""Loudness normalisation after ITU-R BS.1770."""

import numpy as np
import pyloudnorm

from voicehub.audio.waveform import Waveform

TARGET_LUFS = -23.0
_PEAK = 0.97  # full scale is never reached, so that later filters have room


def loudness_lufs(waveform: Waveform) -> float:
    """Return the integrated loudness in LUFS; -inf for silence."""
    block_seconds = 0.4
    samples = waveform.samples
    shortage = int(block_seconds * waveform.sample_rate) + 1 - len(samples)
    if shortage > 0:
        samples = np.pad(samples, (0, shortage))
    meter = pyloudnorm.Meter(waveform.sample_rate, block_size=block_seconds)
    return float(meter.integrated_loudness(samples.astype(np.float64)))


def normalise_loudness(waveform: Waveform, target_lufs: float = TARGET_LUFS) -> Waveform:
    """Scale to ``target_lufs``, or to the peak limit where that is lower; silence is unchanged."""
    lufs = loudness_lufs(waveform)
    if not np.isfinite(lufs):
        return waveform
    gain = 10 ** ((target_lufs - lufs) / 20)
    peak = float(np.abs(waveform.samples).max()) * gain
    gain *= min(1.0, _PEAK / max(peak, 1e-9))
    return Waveform(
        (waveform.samples * gain).astype(np.float32), waveform.sample_rate, waveform.source_rate
    )
