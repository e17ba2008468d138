"""How loudness has to change for the mark to be heard by the detector, and by nobody else.

Speech itself is the loudest noise a mark has to stand against, but at marking it is known. So no
fixed pattern is added: the smallest change is looked for with which every bit, as the detector
measures it on this very speech, is right by a margin, and the margin grows until the allowed
energy is spent. The smallest change under such conditions has a multiplier for each bit, found by
steps towards the missing margin (Costa, "Writing on dirty paper", IEEE Trans. Inf. Theory, 1983;
Malvar and Florencio, "Improved spread spectrum", IEEE Trans. Signal Processing, 2003).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicehub.watermark.cells import Floats, loudness
from voicehub.watermark.features import (
    DEPTH_DB,
    contrast,
    freedom,
    heard,
    limited,
    loudest,
    weights,
)
from voicehub.watermark.pattern import PILOT, SLOTS, Pattern, summed

_STEPS = 7
_BLOCK_FRAMES = 75  # 1.5 s; margins hold for any two neighbouring blocks, so that cuts keep them
_PILOT_MARGIN = 5.5  # of the pilot, where a bit has one
_MOST_DB = 4.0  # that a cell is changed by
_FIRST_MARGIN = 2.0  # deviations
_MARGINS = (0.2, 20.0)
_NEPER = float(np.log(10) / 20)  # a decibel as a natural logarithm of amplitude


@dataclass(frozen=True)
class _Task:
    """Speech as the detector will see it, (frames, bands), with where each cell belongs."""

    seen: Floats  # contrast before marking
    amplitude: Floats  # square root of the energy
    weight: Floats
    toward: Floats  # sign of the wanted change times weight
    place: NDArray[np.int64]  # block and bit of each cell as one number
    blocks: int
    freedom: Floats  # squared

    def sums(self, values: Floats) -> NDArray[np.float64]:
        """Return sums (windows, SLOTS) over the cells of two neighbouring blocks."""
        cells = summed(self.place, values, self.blocks * SLOTS)
        return _pairs(cells.reshape(self.blocks, SLOTS))

    def change(self, multipliers: NDArray[np.float64]) -> Floats:
        """Return the smallest change in dB that pulls each window's bits by its multiplier."""
        pull = _unpaired(multipliers, self.blocks).astype(np.float32).ravel()[self.place]
        wish = heard(self.toward * pull) * self.freedom
        return wish.clip(-_MOST_DB, _MOST_DB)


def gains(
    energy: Floats, pattern: Pattern, coded: NDArray[np.float32], budget: float
) -> Floats | None:
    """Return the changes in dB of ``energy`` (frames, bands) that mark it, or None where nothing can bear one.

    ``budget`` is the energy that marking may add.
    """
    task = _task(energy, pattern, coded)
    size = np.sqrt(task.sums((3 * task.weight) ** 2)) + 1e-9
    size[:, PILOT] *= _PILOT_MARGIN
    effect = task.sums(task.toward * heard(task.freedom * heard(task.toward)))
    if effect.max() <= 0:
        return None
    effect = np.maximum(effect, effect.max() * 0.05)
    margin, change = _FIRST_MARGIN, np.zeros_like(energy)
    multipliers = np.zeros_like(effect)
    for _ in range(_STEPS):
        now = limited(task.seen + heard(change)) * task.toward
        multipliers += (margin * size - task.sums(now)) / effect
        np.maximum(multipliers, 0.0, out=multipliers)
        change = task.change(multipliers)
        spent = _energy_of(change, task.amplitude)
        margin = float(np.clip(margin * (budget / (spent + 1e-12)) ** 0.5, *_MARGINS))
    return change * np.float32(min(1.0, (budget / (spent + 1e-12)) ** 0.5))


def _task(energy: Floats, pattern: Pattern, coded: NDArray[np.float32]) -> _Task:
    level = loudness(energy)
    top = loudest(level)
    weight = weights(level, top)
    bit, sign = pattern.rows(len(level))
    wanted = np.append(coded, np.float32(1))
    blocks = max(1, round(len(level) / _BLOCK_FRAMES))
    block = np.arange(len(level)) * blocks // len(level)
    bearing = freedom(level, top) ** 2 * (level > top - DEPTH_DB)
    return _Task(
        contrast(level, top),
        np.sqrt(energy),
        weight,
        sign * wanted[bit] * weight,
        block[:, None] * SLOTS + bit,
        blocks,
        bearing.astype(np.float32),
    )


def _pairs(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    return blocks if len(blocks) == 1 else blocks[1:] + blocks[:-1]


def _unpaired(windows: NDArray[np.float64], blocks: int) -> NDArray[np.float64]:
    """Return the sum of the windows that each block is in."""
    if blocks == 1:
        return windows
    spread = np.zeros((blocks, SLOTS))
    spread[1:] += windows
    spread[:-1] += windows
    return spread


def _energy_of(change: Floats, amplitude: Floats) -> float:
    """Return the energy of the difference; overlapping frames with like changes add up."""
    natural = change * np.float32(_NEPER)
    added = natural * (1 + natural / 2) * amplitude
    own = float(np.vdot(added, added))
    shared = float(np.vdot(added[1:], added[:-1]))
    return 0.75 * own + 0.5 * shared
