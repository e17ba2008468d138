"""Phone alignment without any earlier model: a flat-start HMM trained by Viterbi.

Two states a phone, one diagonal Gaussian each, over 14 cepstra with their first and second differences,
normalised per utterance; silence may be skipped between words. This is the classical monophone recipe
(Young et al., "The HTK Book", chapter 3). Neural forward-sum aligners collapsed on this corpus.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
import scipy.fft
from numpy.typing import NDArray

STATES_PER_PHONE = 2
_N_CEPSTRA = 14
_VARIANCE_FLOOR = 0.01


@dataclass(frozen=True)
class Chain:
    """The left-to-right state graph of one utterance.

    ``state`` (n,) is the acoustic state of each chain position, ``token`` (n,) the phone token it belongs to
    and ``skip_from`` (n,) the position it may also be entered from, over a skipped silence, or -1.
    """

    state: NDArray[np.int32]
    token: NDArray[np.int32]
    skip_from: NDArray[np.int32]
    optional_head: bool
    optional_tail: bool


def build_chain(phones: NDArray[np.int32], optional: NDArray[np.bool_]) -> Chain:
    """Return the chain of tokens ``phones`` (n,); where ``optional`` the token may be skipped."""
    n = len(phones)
    state = np.repeat(phones * STATES_PER_PHONE, STATES_PER_PHONE).astype(np.int32)
    state[1::2] += 1
    skip_from = np.full(n * STATES_PER_PHONE, -1, np.int32)
    for token in range(2, n):
        if optional[token - 1]:
            skip_from[token * STATES_PER_PHONE] = (token - 1) * STATES_PER_PHONE - 1
    token_of = np.repeat(np.arange(n, dtype=np.int32), STATES_PER_PHONE)
    return Chain(state, token_of, skip_from, bool(optional[0]), bool(optional[-1]))


@numba.njit(nogil=True, cache=True)
def _viterbi(
    score: NDArray[np.float32],
    state: NDArray[np.int32],
    skip_from: NDArray[np.int32],
    optional_head: bool,
    optional_tail: bool,
) -> tuple[NDArray[np.int32], float]:
    n_frames, n = len(score), len(state)
    back = np.zeros((n_frames, n), np.int8)
    total = np.full(n, -1e30)
    total[0] = score[0, state[0]]
    if optional_head and n > 2:
        total[2] = score[0, state[2]]
    for t in range(1, n_frames):
        for j in range(n - 1, -1, -1):
            best, move = total[j], 0
            if j > 0 and total[j - 1] > best:
                best, move = total[j - 1], 1
            if skip_from[j] >= 0 and total[skip_from[j]] > best:
                best, move = total[skip_from[j]], 2
            total[j] = best + score[t, state[j]]
            back[t, j] = move
    path = np.empty(n_frames, np.int32)
    j = n - 1
    if optional_tail and n > 2 and total[n - 3] > total[n - 1]:
        j = n - 3
    final = total[j]
    for t in range(n_frames - 1, -1, -1):
        path[t] = j
        if back[t, j] == 1:
            j -= 1
        elif back[t, j] == 2:
            j = skip_from[j]
    return path, final / n_frames


def best_path(score: NDArray[np.float32], chain: Chain) -> tuple[NDArray[np.int32], float]:
    """Return the chain position of each frame and the mean log score a frame.

    ``score`` is (n_frames, n_states). The mean is -1e28 or lower when the chain does not fit the frames.
    """
    return _viterbi(score, chain.state, chain.skip_from, chain.optional_head, chain.optional_tail)


def cepstral_features(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return normalised cepstra with differences, (n_frames, 42), of a log mel (n_frames, n_mels)."""
    cepstra = scipy.fft.dct(mel.astype(np.float32), axis=1, norm="ortho")[:, :_N_CEPSTRA]
    delta = _slope(cepstra)
    features = np.concatenate([cepstra, delta, _slope(delta)], 1)
    return (features - features.mean(0)) / (features.std(0) + 1e-3)


def _slope(values: NDArray[np.float32]) -> NDArray[np.float32]:
    padded = np.pad(values, ((2, 2), (0, 0)), mode="edge")
    return (2 * (padded[4:] - padded[:-4]) + padded[3:-1] - padded[1:-3]) / 10


@dataclass
class GaussianStates:
    """One diagonal Gaussian per state: ``mean`` and ``variance``, (n_states, n_features)."""

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]

    def log_likelihood(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n_frames, n_states)."""
        precision = 1 / self.variance
        constant = -0.5 * (np.log(2 * np.pi * self.variance) + self.mean**2 * precision).sum(1)
        linear = (self.mean * precision).T.astype(np.float32)
        square = (-0.5 * precision).T.astype(np.float32)
        return (features @ linear + features**2 @ square + constant).astype(np.float32)


class FlatStartHmm:
    """Trains Gaussian states on utterances and their chains, then aligns them."""

    def __init__(self, n_phones: int) -> None:
        self.n_states = n_phones * STATES_PER_PHONE
        self.states: GaussianStates | None = None

    def align(self, features: NDArray[np.float32], chain: Chain) -> tuple[NDArray[np.int32], float]:
        """Return the best path and its mean log likelihood; uniform before any training."""
        if self.states is None:
            n = len(chain.state)
            return (np.arange(len(features)) * n // len(features)).astype(np.int32), 0.0
        return best_path(self.states.log_likelihood(features), chain)

    def train(
        self,
        utterances: Sequence[tuple[NDArray[np.float32], Chain]],
        rounds: int,
        workers: int,
        report: Callable[[float, str], None],
    ) -> None:
        """Run ``rounds`` of Viterbi training over (features, chain) pairs."""
        for round_ in range(rounds):
            share = utterances if round_ > rounds // 2 else utterances[::3]
            with ThreadPoolExecutor(workers) as pool:
                sums = list(pool.map(self._accumulate, _slices(share, workers)))
            count, first, second, score = (sum(part[k] for part in sums) for k in range(4))
            self._estimate(count, first, second)
            mean = score / max(len(share), 1)
            report((round_ + 1) / rounds, f"hmm round {round_ + 1}: log likelihood {mean:.2f}")

    def _accumulate(
        self, share: Sequence[tuple[NDArray[np.float32], Chain]]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
        width = share[0][0].shape[1]
        count = np.zeros(self.n_states)
        first, second = np.zeros((2, self.n_states, width))
        score = 0.0
        for features, chain in share:
            path, mean = self.align(features, chain)
            if mean < -1e20:  # more states than frames
                continue
            score += mean
            occupied = np.zeros((self.n_states, len(features)), np.float32)
            occupied[chain.state[path], np.arange(len(features))] = 1
            count += occupied.sum(1)
            first += occupied @ features
            second += occupied @ features**2
        return count, first, second, score

    def _estimate(
        self,
        count: NDArray[np.float64],
        first: NDArray[np.float64],
        second: NDArray[np.float64],
    ) -> None:
        # Rare states lean on the global Gaussian, which is (0, 1) after normalisation.
        weight = 20.0
        mean = first / (count + weight)[:, None]
        variance = (second + weight) / (count + weight)[:, None] - mean**2
        self.states = GaussianStates(mean, np.maximum(variance, _VARIANCE_FLOOR))


def _slices(items: Sequence, parts: int) -> list[Sequence]:
    return [items[k::parts] for k in range(parts) if items[k::parts]]
