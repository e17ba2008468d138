"""Sample-rate conversion."""

import numpy as np
import soxr
from numpy.typing import NDArray


def resample(samples: NDArray[np.float32], rate_in: float, rate_out: float) -> NDArray[np.float32]:
    """Return ``samples`` (n,) or (n, channels) converted from ``rate_in`` to ``rate_out`` Hz."""
    if rate_in == rate_out:
        return samples
    return soxr.resample(samples, rate_in, rate_out, quality="HQ").astype(np.float32)
