"""Training of the letter-to-sound model on CMUdict: ``python -m voicehub.text.train_letters``."""

import argparse
import gzip
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from voicehub.text.align_letters import Graphone, Pair, align
from voicehub.text.letters import NATS_PER_STEP, WORD_END, WORD_START, LetterModel, unpack
from voicehub.text.pronounce import dictionary

# Fewest occurrences an n-gram of each length needs to be stored; rarer ones are backed off from.
CUTOFFS = (1, 1, 1, 1, 2, 2, 2, 2)
_HELD_OUT_SHARE = 20  # one word in so many


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, score on the held-out words, and write the model file."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent / "data" / "letters.safetensors.gz"
    parser.add_argument("--out", type=Path, default=default, help="model file to write")
    parser.add_argument("--iterations", type=int, default=8, help="EM passes of the alignment")
    options = parser.parse_args(arguments)
    training, held_out = split_dictionary()
    words = align(training, options.iterations, min_count=3)
    arrays = pack(words, CUTOFFS)
    data = gzip.compress(save(arrays), compresslevel=9, mtime=0)
    options.out.write_bytes(data)
    score = score_words(unpack(arrays), held_out)
    print(f"{len(words)} readings aligned, {arrays['sizes'].sum()} n-grams, {len(data)} bytes")
    print(f"held out: {score}")


def split_dictionary() -> tuple[list[Pair], dict[str, list[tuple[str, ...]]]]:
    """Return training pairs and, for one word in twenty chosen by its CRC-32, all its readings."""
    training: list[Pair] = []
    held_out: dict[str, list[tuple[str, ...]]] = {}
    for key, arpabet in dictionary().items():
        word = re.sub(r"\(\d\)$", "", key)
        if not re.fullmatch("[a-z]+", word):
            continue
        if zlib.crc32(word.encode()) % _HELD_OUT_SHARE == 0:
            held_out.setdefault(word, []).append(tuple(arpabet.split()))
        else:
            training.append((word, tuple(arpabet.split())))
    return training, held_out


@dataclass(frozen=True)
class LetterScore:
    """Error rates (0-1) over words, each against the nearest of its readings."""

    words: int
    phone_error_rate: float  # without stress
    word_error_rate: float  # without stress
    word_error_rate_with_stress: float

    def __str__(self) -> str:
        return (
            f"{self.words} words, phone errors {self.phone_error_rate:.2%}, word errors "
            f"{self.word_error_rate:.2%}, with stress {self.word_error_rate_with_stress:.2%}"
        )


def score_words(model: LetterModel, readings: dict[str, list[tuple[str, ...]]]) -> LetterScore:
    """Score a model on words with known readings."""
    errors = phones = wrong = wrong_stress = 0
    for word, known in readings.items():
        guess = model.pronounce(word)
        bare = _unstressed(guess)
        distance, length = min((_edits(bare, _unstressed(item)), len(item)) for item in known)
        errors += distance
        phones += length
        wrong += distance > 0
        wrong_stress += guess not in known
    n = len(readings)
    return LetterScore(n, errors / phones, wrong / n, wrong_stress / n)


def _unstressed(phones: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(phone.rstrip("012") for phone in phones)


def _edits(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the Levenshtein distance."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        above, row = row, [i]
        for j, b in enumerate(second, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
    return row[-1]


@dataclass
class _Order:
    """All n-grams of one length, sorted by parent (the n-gram but its last graphone), then last."""

    parent: NDArray[np.int64]  # index among the n-grams one shorter
    last: NDArray[np.int64]
    suffix: NDArray[np.int64]  # index of the n-gram but its first graphone
    count: NDArray[np.int64]
    opens: NDArray[np.bool_]  # begins with the word's start


def pack(words: Sequence[Sequence[Graphone]], cutoffs: Sequence[int]) -> dict[str, NDArray]:
    """Count, smooth and store the n-gram model; ``letters.unpack`` reads it.

    graphones: UTF-8 names "letters=phones" by line; sizes: n-grams of each length; last: last
    graphone of each n-gram; children: number of n-grams that extend node 0 and each n-gram, but for
    the longest; prob, backoff: negative log probability in steps, backoff for node 0 and the same.
    """
    inventory = sorted({graphone for word in words for graphone in word})
    number = {graphone: at for at, graphone in enumerate(inventory, WORD_END + 1)}
    names = ["=", "=", *(f"{letters}={' '.join(phones)}" for letters, phones in inventory)]
    orders = _count([[number[item] for item in word] for word in words], len(names), len(cutoffs))
    kept = _choose(orders, cutoffs)
    probs, backoffs = _smooth(orders, kept)
    children = [np.array([kept[0].sum()])]
    for order, longer, keep in zip(orders, orders[1:], range(len(orders)), strict=False):
        n_longer = np.bincount(longer.parent[kept[keep + 1]], minlength=len(order.count))
        children.append(n_longer[kept[keep]])
    stored_backoffs = [backoffs[0], *(b[k] for b, k in zip(backoffs[1:], kept, strict=False))]
    return {
        "graphones": np.frombuffer("\n".join(names).encode("ascii"), np.uint8),
        "sizes": np.array([keep.sum() for keep in kept], np.int32),
        "children": np.concatenate(children).astype(np.uint16),
        "last": np.concatenate([o.last[k] for o, k in zip(orders, kept, strict=True)]).astype(
            np.uint16
        ),
        "prob": _steps(np.concatenate([p[k] for p, k in zip(probs, kept, strict=True)])),
        "backoff": _steps(np.concatenate(stored_backoffs)),
    }


def _steps(prob: NDArray[np.float64]) -> NDArray[np.uint8]:
    nats = -np.log(np.maximum(prob, 1e-12))
    return np.clip(np.round(nats / NATS_PER_STEP), 0, 255).astype(np.uint8)


def _count(words: list[list[int]], n_graphones: int, longest: int) -> list[_Order]:
    lengths = np.array([len(word) + 2 for word in words])
    text = np.array([item for word in words for item in (WORD_START, *word, WORD_END)])
    place = np.arange(len(text)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    orders: list[_Order] = []
    ending = np.zeros(len(text), dtype=np.int64)  # n-gram one shorter that ends here
    for length in range(1, longest + 1):
        here = place >= length - 1
        before = np.roll(ending, 1) if length > 1 else ending
        keys, which, count = np.unique(
            (before * n_graphones + text)[here], return_inverse=True, return_counts=True
        )
        suffix = np.zeros(len(keys), dtype=np.int64)
        suffix[which] = ending[here]
        opens = np.zeros(len(keys), dtype=bool)
        opens[which] = place[here] == length - 1
        orders.append(_Order(keys // n_graphones, keys % n_graphones, suffix, count, opens))
        ending = np.zeros(len(text), dtype=np.int64)
        ending[here] = which
    return orders


def _choose(orders: list[_Order], cutoffs: Sequence[int]) -> list[NDArray[np.bool_]]:
    """Return which n-grams to store: the frequent ones, with every parent and suffix of theirs."""
    kept = [order.count >= cutoff for order, cutoff in zip(orders, cutoffs, strict=True)]
    for shorter in range(len(orders) - 2, -1, -1):
        longer = orders[shorter + 1]
        kept[shorter][longer.parent[kept[shorter + 1]]] = True
        kept[shorter][longer.suffix[kept[shorter + 1]]] = True
    return kept


def _smooth(
    orders: list[_Order], kept: list[NDArray[np.bool_]]
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Return probability and back-off weight by modified Kneser-Ney (Chen & Goodman 1999, eq. 19).

    What the n-grams not kept would have had goes into the weight, so contexts still sum to one.
    """
    probs: list[NDArray[np.float64]] = []
    backoffs: list[NDArray[np.float64]] = []
    for at, (order, keep) in enumerate(zip(orders, kept, strict=True)):
        count = order.count
        if at + 1 < len(orders):  # not the longest: count the different graphones before it
            before = np.bincount(orders[at + 1].suffix, minlength=len(count))
            count = np.where(order.opens, count, before)
        if at == 0:
            count = np.where(order.last == WORD_START, 0, count)
        n_parents = len(orders[at - 1].count) if at else 1
        parent = order.parent if at else np.zeros_like(order.parent)
        total = np.bincount(parent, weights=count, minlength=n_parents)
        share = np.maximum(count - _discount(count), 0) / np.maximum(total, 1)[parent] * keep
        backoff = 1 - np.bincount(parent, weights=share, minlength=n_parents)
        uniform = (order.last != WORD_START) / (len(share) - 1)
        shorter = probs[-1][order.suffix] if at else uniform
        probs.append(share + backoff[parent] * shorter)
        backoffs.append(backoff.astype(np.float64))
    return probs, backoffs


def _discount(count: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what to take off each count (Chen & Goodman 1999, eq. 26)."""
    n1, n2, n3, n4 = (max(int((count == c).sum()), 1) for c in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    table = np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return np.maximum(table, 0)[np.minimum(count, 3)]


if __name__ == "__main__":
    main()
