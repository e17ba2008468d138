"""Measures how somebody speaks: the F0 range, the rate and the dynamics that the prosody model is told."""

import numpy as np
from numpy.typing import NDArray

from voicehub.errors import AudioError
from voicehub.model.prosody import SpeakerStats

_MIN_VOICED_FRAMES = 40
_STD_RANGE = (0.08, 0.40)
_ENERGY_RANGE = (0.5, 1.4)


def measure_stats(
    f0: NDArray[np.float32], phones: NDArray[np.integer], energy: NDArray[np.float32]
) -> SpeakerStats:
    """Return the statistics of frames ``f0`` (Hz, 0 unvoiced), ``phones`` (index, 0 silence) and log ``energy``."""
    voiced = f0[f0 > 0].astype(np.float64)
    if len(voiced) < _MIN_VOICED_FRAMES:
        raise AudioError(
            f"only {len(voiced)} frames of the recording are voiced, "
            f"{_MIN_VOICED_FRAMES} are needed to find the pitch of the voice"
        )
    log_f0 = np.log(voiced)
    # Octave errors would widen the range: keep what lies within an octave around the median.
    log_f0 = log_f0[np.abs(log_f0 - np.median(log_f0)) < np.log(2)]
    changes = np.flatnonzero(np.diff(phones)) + 1
    edges = np.concatenate([[0], changes, [len(phones)]])
    lengths = np.diff(edges)[phones[edges[:-1]] > 0]
    duration = float(np.log(lengths).mean()) if len(lengths) else 2.0
    loud = energy[phones > 0] if (phones > 0).any() else energy
    return SpeakerStats(
        float(log_f0.mean()),
        float(np.clip(log_f0.std(), *_STD_RANGE)),
        duration,
        float(loud.mean()),
        float(np.clip(loud.std(), *_ENERGY_RANGE)),
    )
