"""Baselines without training: what signal processing alone makes of the same task."""

import numpy as np

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import InputError
from voicehub.features.griffin_lim import mel_to_samples, shift_pitch
from voicehub.features.mel import HOP_LENGTH, log_mel

_MAX_OCTAVES = 3.0  # no two voices are further apart: more is a mistake in F0


def griffin_lim_copy(source: Waveform, iterations: int = 60, seed: int = 0) -> Waveform:
    """Return ``source`` analysed to the model's mel and made audible again by Griffin-Lim.

    This is what the mel alone holds: the copy synthesis a vocoder has to beat.
    """
    samples = _at_model_rate(source)
    if len(samples) < HOP_LENGTH:
        raise InputError(f"a copy needs {HOP_LENGTH} samples at 24 kHz, got {len(samples)}")
    copied = mel_to_samples(log_mel(samples), iterations=iterations, seed=seed)
    copied = np.pad(copied, (0, max(0, len(samples) - len(copied))))[: len(samples)]
    return Waveform(copied, source_rate=source.source_rate)


def pitch_shift_conversion(
    source: Waveform, source_f0_median: float, target_f0_median: float
) -> Waveform:
    """Return ``source`` with its pitch moved to the target's median F0 (both in Hz), nothing more.

    This is the cheapest conversion: what a voice changer scores when only pitch is converted.
    """
    if not (source_f0_median > 0 and target_f0_median > 0):
        raise InputError(
            "pitch shifting needs two median F0 above 0 Hz, "
            f"got {source_f0_median:g} and {target_f0_median:g}"
        )
    ratio = target_f0_median / source_f0_median
    if abs(np.log2(ratio)) > _MAX_OCTAVES:
        raise InputError(
            f"need medians at most {_MAX_OCTAVES:g} octaves apart, "
            f"got {source_f0_median:g} and {target_f0_median:g} Hz"
        )
    return Waveform(shift_pitch(_at_model_rate(source), ratio), source_rate=source.source_rate)


def _at_model_rate(waveform: Waveform) -> np.ndarray:
    return resample(waveform.samples, waveform.sample_rate, SAMPLE_RATE)
