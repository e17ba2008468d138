"""Sample-rate conversion, of a whole signal or of a stream of blocks with the same result."""

import numpy as np
import soxr
from numpy.typing import NDArray

_QUALITY = "HQ"  # passband to 0.913 of the lower Nyquist frequency, stopband under -120 dB


def resample(samples: NDArray[np.float32], rate_in: float, rate_out: float) -> NDArray[np.float32]:
    """Return ``samples`` (n,) or (n, channels) converted from ``rate_in`` to ``rate_out`` Hz."""
    if rate_in == rate_out:
        return samples
    converted = soxr.resample(samples, rate_in, rate_out, quality=_QUALITY)
    return np.asarray(converted, np.float32)


class Resampler:
    """Converts a mono signal that arrives in blocks: joined, the results equal `resample`."""

    def __init__(self, rate_in: float, rate_out: float) -> None:
        self._stream = None
        if rate_in != rate_out:
            self._stream = soxr.ResampleStream(
                rate_in, rate_out, 1, dtype="float32", quality=_QUALITY
            )

    def convert(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the next ``block`` (n,) completes; it may be shorter or empty."""
        return block if self._stream is None else self._stream.resample_chunk(block)

    def finish(self) -> NDArray[np.float32]:
        """Return the rest."""
        nothing = np.zeros(0, np.float32)
        return nothing if self._stream is None else self._stream.resample_chunk(nothing, last=True)
