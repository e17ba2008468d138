"""What the detector looks at: how far each cell stands out from its neighbours, and how much that counts."""

from functools import lru_cache

import numpy as np

from voicehub.watermark.cells import BANDS, Floats

DEPTH_DB = (
    38.0  # under the loudest cells: what is weaker drowns in any noise, and counts for nothing
)
_LIMIT_DB = 8.0  # beyond which a cell says no more
_LOUD_PERCENT = 98
_QUIET_PERCENT = 8  # of a band's frames: taken for its noise
# What the next frames and bands foretell of a cell, by least squares over speech.
_OVER_TIME = (1.0, -0.43)
_OVER_BANDS = (1.0, -0.22, -0.10, -0.07)
_OVERLAP = (0.75, 0.125)  # how much of a frame's change is heard in it, and in its neighbours
_SLOPE = 0.75  # dB that a cell may change more for each dB that it is weaker
_CHANGE_RANGE = (0.2, 4.0)


def loudest(level: Floats) -> float:
    """Return the level in dB of the loud cells of speech."""
    return float(np.percentile(level, _LOUD_PERCENT))


def whitened(values: Floats) -> Floats:
    """Return ``values`` (frames, bands) less what their neighbours foretell; its own transpose."""
    return _symmetric(values, _OVER_TIME) @ _across_bands()


def contrast(level: Floats, top: float) -> Floats:
    """Return how far each cell of ``level`` (dB) stands out, cut at what a cell can say."""
    return limited(whitened(np.maximum(level, top - 60.0)))


def limited(standing_out: Floats) -> Floats:
    """Return ``standing_out`` (dB) cut at what a cell can say."""
    return standing_out.clip(-_LIMIT_DB, _LIMIT_DB)


def heard(gains_db: Floats) -> Floats:
    """Return how whitened levels change with gains: ``whitened(overlapped(gains_db))`` in one go."""
    return _symmetric(gains_db, _heard_over_time()) @ _across_bands()


def freedom(level: Floats, top: float) -> Floats:
    """Return how much each cell may be changed, as a ratio: weak cells more than strong ones."""
    return np.clip(10 ** (_SLOPE * (top - level) / 20) * _CHANGE_RANGE[0], *_CHANGE_RANGE)


def weights(level: Floats, top: float) -> Floats:
    """Return how much each cell counts: by its freedom, and nothing where it drowns in noise."""
    floor = np.maximum(np.percentile(level, _QUIET_PERCENT, axis=0), top - DEPTH_DB)
    clear = np.clip(1 - 2 * 10 ** (np.minimum(floor - level, 0.0) / 10), 0.0, 1.0) ** 2
    return (clear * freedom(level, top)).astype(np.float32)


def overlapped(gains_db: Floats) -> Floats:
    """Return how the levels of frames change with gains: a frame shares half with each neighbour."""
    return _symmetric(gains_db, _OVERLAP)


@lru_cache(maxsize=1)
def _across_bands() -> Floats:
    """Return the filter over bands as a matrix (BANDS, BANDS), which multiplies faster than it shifts."""
    distance = np.abs(np.subtract.outer(np.arange(BANDS), np.arange(BANDS)))
    taps = np.zeros(BANDS, np.float32)
    taps[: len(_OVER_BANDS)] = _OVER_BANDS
    return taps[distance]


@lru_cache(maxsize=1)
def _heard_over_time() -> tuple[float, ...]:
    """Return the taps of overlapping and whitening over time, one after the other."""
    both = np.convolve(_two_sided(_OVERLAP), _two_sided(_OVER_TIME))
    return tuple(float(tap) for tap in both[len(both) // 2 :])


def _two_sided(taps: tuple[float, ...]) -> tuple[float, ...]:
    return (*taps[:0:-1], *taps)


def _symmetric(values: Floats, taps: tuple[float, ...]) -> Floats:
    """Filter along the first axis with ``taps`` to both sides; beyond the ends there is nothing."""
    filtered = values * np.float32(taps[0])
    for distance, tap in enumerate(taps[1:], 1):
        scaled = values * np.float32(tap)
        filtered[distance:] += scaled[:-distance]
        filtered[:-distance] += scaled[distance:]
    return filtered
