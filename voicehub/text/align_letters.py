"""Alignment of spellings with their phones into graphones, learned from a dictionary by EM."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicehub.text.letters import SYMBOLS

Pair = tuple[str, tuple[str, ...]]  # a word of letters a-z and its phones
Graphone = tuple[str, tuple[str, ...]]  # one or two letters and none to two phones

# (letters, phones) of a graphone. Each kind has its own block of indices, a dense table.
_SHAPES = ((1, 0), (1, 1), (1, 2), (2, 1))
_N_LETTERS = 26
_N_PHONES = len(SYMBOLS)
_BLOCKS = (0, *np.cumsum([_N_LETTERS**a * _N_PHONES**b for a, b in _SHAPES]).tolist())
_FIRST_GUESS = (0.02, 0.1, 0.001, 0.01)  # per kind: prefers one letter to one phone, else neutral
_IMPROBABLE = -9.0  # nats per letter; below it the phones do not stem from the letters ("aaa")


def align(pairs: Sequence[Pair], iterations: int, min_count: int) -> list[list[Graphone]]:
    """Return the most probable graphones of each word, learned by expectation maximisation.

    Words that do not align, or only with graphones seen fewer than ``min_count`` times, are left
    out (Bisani & Ney 2008, section 3.1; forward and backward sums run over equal shapes at once).
    """
    batches = list(_batches(pairs))
    prob = np.repeat(_FIRST_GUESS, np.diff(_BLOCKS))
    for _ in range(iterations):
        counts = np.zeros(_BLOCKS[-1])
        for batch in batches:
            _expect(batch, prob, counts)
        prob = counts / counts.sum()
    with np.errstate(divide="ignore"):
        log_prob = np.log(prob)
    paths = [path for batch in batches for path in _best_paths(batch, log_prob)]
    seen = Counter(index for path in paths for index in path)
    return [
        [_graphone(index) for index in path]
        for path in paths
        if all(seen[index] >= min_count for index in path)
    ]


@dataclass(frozen=True)
class _Batch:
    """Words with equally many letters and equally many phones."""

    letters: NDArray[np.int64]  # (n_words, n_letters)
    phones: NDArray[np.int64]  # (n_words, n_phones)

    def edges(self) -> Iterator[tuple[tuple[int, int], tuple[int, int], NDArray[np.int64]]]:
        """Yield (cell before, cell after, graphone index per word), cells in rising order."""
        for i in range(self.letters.shape[1] + 1):
            for j in range(self.phones.shape[1] + 1):
                for kind, (a, b) in enumerate(_SHAPES):
                    if a <= i and b <= j:
                        yield (i - a, j - b), (i, j), self._indices(i - a, j - b, kind)

    def _indices(self, i: int, j: int, kind: int) -> NDArray[np.int64]:
        a, b = _SHAPES[kind]
        index = np.zeros(len(self.letters), dtype=np.int64)
        for at in range(i, i + a):
            index = index * _N_LETTERS + self.letters[:, at]
        for at in range(j, j + b):
            index = index * _N_PHONES + self.phones[:, at]
        return index + _BLOCKS[kind]


def _batches(pairs: Sequence[Pair]) -> Iterator[_Batch]:
    number = {phone: at for at, phone in enumerate(SYMBOLS)}
    groups: dict[tuple[int, int], list[Pair]] = {}
    for word, phones in pairs:
        if len(phones) <= 2 * len(word):
            groups.setdefault((len(word), len(phones)), []).append((word, phones))
    for group in groups.values():
        yield _Batch(
            np.array([[ord(letter) - ord("a") for letter in word] for word, _ in group]),
            np.array([[number[phone] for phone in phones] for _, phones in group]),
        )


def _expect(batch: _Batch, prob: NDArray[np.float64], counts: NDArray[np.float64]) -> None:
    """Add the expected number of each graphone in a batch to ``counts``."""
    n_words, n_letters = batch.letters.shape
    n_phones = batch.phones.shape[1]
    forward = np.zeros((n_letters + 1, n_phones + 1, n_words))
    backward = np.zeros_like(forward)
    forward[0, 0] = backward[-1, -1] = 1
    edges = list(batch.edges())
    for before, after, index in edges:
        forward[after] += forward[before] * prob[index]
    total = forward[-1, -1]
    scale = np.divide(1, total, out=np.zeros(n_words), where=total > 0)
    for before, after, index in reversed(edges):
        tail = backward[after] * prob[index]
        np.add.at(counts, index, forward[before] * tail * scale)
        backward[before] += tail


def _best_paths(batch: _Batch, log_prob: NDArray[np.float64]) -> Iterator[list[int]]:
    n_words, n_letters = batch.letters.shape
    n_phones = batch.phones.shape[1]
    best = np.full((n_letters + 1, n_phones + 1, n_words), -np.inf)
    best[0, 0] = 0
    step = np.full(best.shape, -1)  # graphone by which a cell is best reached
    for before, after, index in batch.edges():
        score = best[before] + log_prob[index]
        step[after] = np.where(score > best[after], index, step[after])
        best[after] = np.maximum(score, best[after])
    for word in range(n_words):
        if best[-1, -1, word] < _IMPROBABLE * n_letters:
            continue
        path: list[int] = []
        i, j = n_letters, n_phones
        while i or j:
            path.append(int(step[i, j, word]))
            a, b = _SHAPES[_kind(path[-1])]
            i, j = i - a, j - b
        yield path[::-1]


def _kind(index: int) -> int:
    return int(np.searchsorted(_BLOCKS, index, side="right")) - 1


def _graphone(index: int) -> Graphone:
    kind = _kind(index)
    a, b = _SHAPES[kind]
    rest = index - _BLOCKS[kind]
    phones: list[str] = []
    for _ in range(b):
        rest, phone = divmod(rest, _N_PHONES)
        phones.insert(0, SYMBOLS[phone])
    letters = ""
    for _ in range(a):
        rest, letter = divmod(rest, _N_LETTERS)
        letters = chr(ord("a") + letter) + letters
    return letters, tuple(phones)
