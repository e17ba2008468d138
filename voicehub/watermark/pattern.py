"""The secret pattern: which cell carries which bit of the mark, and with which sign."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicehub.errors import WatermarkError
from voicehub.watermark.cells import BANDS
from voicehub.watermark.code import CODED_BITS

PERIOD = 50  # frames, one second, after which the pattern repeats
PILOT = CODED_BITS  # the number of the bit that is always one: what the search looks for
SLOTS = CODED_BITS + 1
KEY_BYTES = 32
_PILOT_SHARE = 0.15  # of the cells


@dataclass(frozen=True)
class Pattern:
    """``bit`` and ``sign`` (-1 or 1) of each cell, (PERIOD, BANDS)."""

    bit: NDArray[np.int64]
    sign: NDArray[np.float32]

    def rows(self, frames: int, phase: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return bits and signs (frames, BANDS) of frames of which the first stands at ``phase``."""
        at = (np.arange(frames) + phase) % PERIOD
        return self.bit[at], self.sign[at]


def pattern_of(key: bytes) -> Pattern:
    """Return the pattern that ``key`` stands for."""
    if len(key) != KEY_BYTES:
        raise WatermarkError(f"the key of the mark needs {KEY_BYTES} bytes, got {len(key)}")
    seed = int.from_bytes(hashlib.sha256(b"voicehub watermark 1" + key).digest(), "big")
    random = np.random.Generator(np.random.PCG64(seed))
    cells = PERIOD * BANDS
    pilots = round(cells * _PILOT_SHARE)
    bits = np.concatenate([np.full(pilots, PILOT), np.arange(cells - pilots) % CODED_BITS])
    bit = random.permutation(bits).reshape(PERIOD, BANDS)
    sign = random.integers(0, 2, (PERIOD, BANDS)) * 2 - 1
    return Pattern(bit, sign.astype(np.float32))


def summed(
    places: NDArray[np.int64], values: NDArray[np.float32], count: int
) -> NDArray[np.float64]:
    """Return the sums (count,) of the ``values`` that stand at each of ``places``."""
    return np.asarray(np.bincount(places.ravel(), values.ravel(), count), np.float64)
