"""Whether a sound was heard before: a fingerprint that survives gain, noise and re-encoding.

Each frame gives 32 bits, the signs of the differences of energies between neighbouring bands and frames
(Haitsma and Kalker, "A highly robust audio fingerprinting system", ISMIR 2002). Two recordings of the same
sound differ in few bits; two readings of the same words by the same person differ in almost half.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.resample import resample
from voicehub.audio.waveform import Waveform

_RATE = 8_000  # Hz
_WINDOW, _HOP = 2_048, 128  # samples: 256 ms, and 62.5 frames a second
_BANDS = 33  # from 300 to 3400 Hz, what a telephone passes
_MIN_FRAMES = 94  # 1.5 s: what is shorter is not told from chance
SAME_BITS = 0.35  # of the bits at most differ in the same sound
_MANY, _TRIED = 32, 50  # hits of one frame that are looked at, alignments that are compared

Fingerprint = NDArray[np.uint32]


def fingerprint(waveform: Waveform) -> Fingerprint:
    """Return a number of 32 bits for each frame of 16 ms, (frames,)."""
    samples = resample(waveform.samples, waveform.sample_rate, _RATE)
    if len(samples) < _WINDOW + _HOP:
        return np.zeros(0, np.uint32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), axis=1)) ** 2
    edges = np.geomspace(300.0, 3_400.0, _BANDS + 1) * _WINDOW / _RATE
    starts = edges.astype(int)
    energy = np.add.reduceat(power[:, : starts[-1]], starts[:-1], axis=1)
    slope = np.diff(energy, axis=1)
    bits = np.diff(slope, axis=0) > 0
    packed = np.packbits(bits, axis=1)
    return np.ascontiguousarray(packed).view(">u4").ravel().astype(np.uint32)


class FingerprintIndex:
    """Fingerprints of many sounds; finds the one that a new sound repeats a part of."""

    def __init__(self, known: Sequence[tuple[str, Fingerprint]]) -> None:
        """Take (name, fingerprint) of each sound."""
        self.names = [name for name, _ in known]
        lengths = [len(each) for _, each in known]
        self.starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        parts = [each for _, each in known]
        self.frames = np.concatenate(parts) if parts else np.zeros(0, np.uint32)
        self.order = np.argsort(self.frames, kind="stable")
        self.sorted = self.frames[self.order]

    def find(self, wanted: Fingerprint) -> tuple[str, float] | None:
        """Return (name, share of bits that differ) of the most alike sound, None if there is none.

        Alignments are those at which any single frame is the same to the bit.
        """
        if len(wanted) < _MIN_FRAMES or not len(self.frames):
            return None
        left = np.searchsorted(self.sorted, wanted, "left")
        hits = np.searchsorted(self.sorted, wanted, "right") - left
        # A frame of silence or hum is everywhere and tells nothing.
        telling = np.flatnonzero((hits > 0) & (hits <= _MANY))
        if not len(telling):
            return None
        runs = [self.order[left[at] : left[at] + hits[at]] - at for at in telling]
        shifts, votes = np.unique(np.concatenate(runs), return_counts=True)
        likely = shifts[np.argsort(-votes, kind="stable")[:_TRIED]]
        found = [self._compare(wanted, int(shift)) for shift in likely]
        best = min((each for each in found if each), key=lambda each: each[1], default=None)
        return best if best and best[1] <= SAME_BITS else None

    def _compare(self, wanted: Fingerprint, shift: int) -> tuple[str, float] | None:
        """Return the sound at an alignment and the least share of differing bits over 1.5 s."""
        sound = int(np.searchsorted(self.starts, max(shift, 0), "right")) - 1
        begin = max(shift, int(self.starts[sound]))
        end = min(shift + len(wanted), int(self.starts[sound + 1]))
        if end - begin < _MIN_FRAMES:
            return None
        differ = self.frames[begin:end] ^ wanted[begin - shift : end - shift]
        counts = np.bitwise_count(differ).astype(np.float64) / 32
        runs = np.convolve(counts, np.full(_MIN_FRAMES, 1 / _MIN_FRAMES), "valid")
        return self.names[sound], float(runs.min())
