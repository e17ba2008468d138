"""What the detector looks at: how much each cell stands out from its neighbours."""

import numpy as np

from voicehub.watermark.cells import Floats

LIMIT_DB = 9.0  # beyond which a cell says no more
_ACTIVE_DB = 45.0  # under the loudest: what is weaker than that is not looked at


def contrast(loudness: Floats) -> Floats:
    """Return loudness (frames, bands) less what its neighbours in time and in frequency foretell."""
    wide = np.pad(loudness, 1, mode="edge")
    time = (wide[:-2, 1:-1] + wide[2:, 1:-1]) / 2
    band = (wide[1:-1, :-2] + wide[1:-1, 2:]) / 2
    return loudness - (time + band) / 2


def weights(loudness: Floats) -> Floats:
    """Return how much each cell is believed, 0 to 1: nothing where there is silence."""
    if not loudness.size:
        return loudness
    top = np.percentile(loudness, 98)
    return np.clip((loudness - top + _ACTIVE_DB) / 20.0, 0.0, 1.0).astype(np.float32)


def limited(contrast: Floats) -> Floats:
    """Return contrasts cut at what a cell can say."""
    return np.clip(contrast, -LIMIT_DB, LIMIT_DB)
