"""Fundamental frequency and voicing by YIN's difference function and a path over its minima.

The cumulative mean normalised difference is equation 8 of de Cheveigné and Kawahara, "YIN, a
fundamental frequency estimator for speech and music", JASA 2002. The path over candidates with an
unvoiced state follows the idea of pYIN (Mauch and Dixon 2014) with fixed costs instead of learnt
probabilities, which is some thirty times faster and needs no compilation.
"""

from dataclasses import dataclass

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.errors import SettingsError
from voicehub.features.mel import HOP_LENGTH

_RATE = 12_000  # Hz; the analysis runs at half the sample rate, speech periods need no more
_WINDOW = 384  # samples at _RATE, 32 ms
_N_CANDIDATES = 5
_UNVOICED_COST = 0.66
_SWITCH_COST = 0.12  # voiced <-> unvoiced
_JUMP_COST = 1.6  # per octave between neighbouring frames
_LAG_BIAS = 0.035  # per octave below fmax: breaks ties between a period and its multiples
_SILENCE_DB = -42.0  # frames this far below the loudest are unvoiced


@dataclass(frozen=True)
class F0Track:
    """F0 in Hz per frame (0 where unvoiced) and the voicing decision, both (n_frames,)."""

    f0: NDArray[np.float32]
    voiced: NDArray[np.bool_]

    def median(self) -> float:
        """Return the median F0 of the voiced frames in Hz, or 0 when there are none."""
        return float(np.median(self.f0[self.voiced])) if self.voiced.any() else 0.0


def track_f0(samples: NDArray[np.float32], fmin: float = 60.0, fmax: float = 500.0) -> F0Track:
    """Return the F0 track of 24 kHz ``samples`` at hop 256, (1 + len(samples) // 256,) frames."""
    if not 20 <= fmin < fmax <= 2000:
        raise SettingsError(f"need 20 <= fmin < fmax <= 2000 Hz, got {fmin:g}..{fmax:g}")
    n_frames = 1 + len(samples) // HOP_LENGTH
    low = _without_hum(resample(samples, SAMPLE_RATE, _RATE))
    lag_min, lag_max = int(_RATE / fmax), int(np.ceil(_RATE / fmin))
    hop = HOP_LENGTH * _RATE // SAMPLE_RATE
    span = _WINDOW + lag_max + 1
    padded = np.pad(low, (span // 2, span + hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, span)[: n_frames * hop : hop]
    f0 = np.zeros(n_frames, np.float32)
    blocks = [_candidates(frames[i : i + 512], lag_min, lag_max) for i in range(0, n_frames, 512)]
    lags, costs, power = (np.concatenate([block[k] for block in blocks]) for k in range(3))
    level_db = 10 * np.log10(power + 1e-12)
    silent = level_db < max(level_db.max() + _SILENCE_DB, -75.0)
    costs[silent] += 10.0
    path = _best_path(np.log2(lags), costs)
    voiced = path < _N_CANDIDATES
    rows = np.flatnonzero(voiced)
    f0[rows] = _RATE / lags[rows, path[rows]]
    return F0Track(f0, voiced)


def _without_hum(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Remove what lies under 75 Hz: mains hum in pauses would pass for a voice."""
    if not len(samples):
        return np.zeros(0)
    sections = scipy.signal.butter(2, 75.0, "highpass", fs=_RATE, output="sos")
    return np.asarray(scipy.signal.sosfilt(sections, samples.astype(np.float64)))


def _candidates(
    frames: NDArray[np.float64], lag_min: int, lag_max: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the best lags (samples) and their costs, each (n, _N_CANDIDATES), and power (n,)."""
    frames = frames - frames.mean(1, keepdims=True)
    difference = _difference(frames, lag_max)
    running = np.cumsum(difference[:, 1:], 1)
    steps = np.arange(1, lag_max + 1)
    cmnd = np.ones_like(difference)
    cmnd[:, 1:] = difference[:, 1:] * steps / np.maximum(running, 1e-12)
    left, middle, right = cmnd[:, :-2], cmnd[:, 1:-1], cmnd[:, 2:]
    is_minimum = (middle < left) & (middle <= right)
    is_minimum[:, : lag_min - 1] = False
    # Between two samples the minimum is deeper than at either: without the parabola a short period
    # would lose to its multiples, which fall nearer to a whole lag.
    curve = np.maximum(left - 2 * middle + right, 1e-9)
    shift = np.clip(0.5 * (left - right) / curve, -0.5, 0.5)
    depth = np.maximum(middle - 0.25 * (left - right) * shift, 0.0)
    octaves = np.log2(np.arange(1, lag_max) / lag_min)
    cost = np.where(is_minimum, depth + _LAG_BIAS * octaves, 9.0)
    best = np.argpartition(cost, _N_CANDIDATES, axis=1)[:, :_N_CANDIDATES]
    rows = np.arange(len(frames))[:, None]
    lags = best + 1 + shift[rows, best]
    return lags, cost[rows, best], (frames[:, :_WINDOW] ** 2).mean(1)


def _difference(frames: NDArray[np.float64], lag_max: int) -> NDArray[np.float64]:
    """Return d(lag) = sum over the window of (x[j] - x[j + lag])^2, (n, lag_max + 1), by FFT."""
    size = 1024
    head = np.fft.rfft(frames[:, :_WINDOW], size)
    whole = np.fft.rfft(frames, size)
    correlation = np.fft.irfft(np.conj(head) * whole, size)[:, : lag_max + 1]
    power = np.concatenate([np.zeros((len(frames), 1)), np.cumsum(frames**2, 1)], 1)
    energy = power[:, _WINDOW : _WINDOW + lag_max + 1] - power[:, : lag_max + 1]
    return np.asarray(np.maximum(energy[:, :1] + energy - 2 * correlation, 0.0))


def _best_path(log_lags: NDArray[np.float64], costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the cheapest candidate per frame, (n,); index _N_CANDIDATES stands for unvoiced."""
    n_frames = len(costs)
    back = np.zeros((n_frames, _N_CANDIDATES + 1), np.int8)
    total = np.append(costs[0], _UNVOICED_COST)
    for t in range(1, n_frames):
        jump = _JUMP_COST * np.abs(log_lags[t][:, None] - log_lags[t - 1][None, :])
        arrive = np.empty((_N_CANDIDATES + 1, _N_CANDIDATES + 1))
        arrive[:-1, :-1] = total[:-1] + jump
        arrive[:-1, -1] = total[-1] + _SWITCH_COST
        arrive[-1, :-1] = total[:-1] + _SWITCH_COST
        arrive[-1, -1] = total[-1]
        back[t] = arrive.argmin(1)
        total = arrive.min(1) + np.append(costs[t], _UNVOICED_COST)
    path = np.empty(n_frames, np.int64)
    path[-1] = total.argmin()
    for t in range(n_frames - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path
