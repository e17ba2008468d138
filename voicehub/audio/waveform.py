"""The checked mono waveform that every other module takes and returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicehub.errors import AudioError

SAMPLE_RATE = 24_000  # Hz, of everything inside VoiceHub


@dataclass(frozen=True)
class Waveform:
    """Mono float32 samples in about [-1, 1] with their sample rate in Hz.

    ``source_rate`` is the sample rate of the file it came from (Hz): what lies above its half was
    never recorded.
    """

    samples: NDArray[np.float32]
    sample_rate: int = SAMPLE_RATE
    source_rate: int = SAMPLE_RATE

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise AudioError(
                "a waveform needs one dimension of float32, "
                f"got {self.samples.ndim} of {self.samples.dtype}"
            )
        if not np.isfinite(self.samples).all():
            raise AudioError("the recording holds samples that are not numbers (NaN or infinite)")

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate
