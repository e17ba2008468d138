"""Spelling to sound for English words no dictionary has: a joint n-gram model over graphones.

A graphone pairs one or two letters with none to two phones; a word is a sequence of them, and the
most probable sequence that spells the word gives its phones (Bisani & Ney 2008, section 2).
"""

import gzip
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from voicehub.text.phonemes import ENGLISH_CONSONANTS, ENGLISH_VOWELS

MODEL_FILE = "data/letters.safetensors.gz"
SYMBOLS = (*ENGLISH_CONSONANTS, *(v + stress for v in ENGLISH_VOWELS for stress in "012"))
NATS_PER_STEP = 1 / 16  # log probabilities are stored in one byte each
WORD_START = 0  # graphone 0 only ever stands in a context
WORD_END = 1
_BEAM = 12  # hypotheses kept per letter
_LONGEST = 40  # letters; longer strings are no words and are read piece by piece


@dataclass(frozen=True)
class LetterModel:
    """A back-off n-gram model over graphones, as a trie in flat arrays.

    Node 0 is the empty context; node n > 0 is the n-gram ``keys[n - 1]``, which is parent node times
    the number of graphones plus the last graphone. ``log_prob`` and ``log_backoff`` are in nats.
    """

    letters: tuple[str, ...]  # per graphone; "" for the word's start and end
    phones: tuple[tuple[str, ...], ...]  # per graphone
    keys: NDArray[np.int64]
    log_prob: NDArray[np.float32]
    log_backoff: NDArray[np.float32]
    suffix: NDArray[np.int32]  # node of the same n-gram without its first graphone

    @cached_property
    def by_letters(self) -> dict[str, NDArray[np.int64]]:
        """Return the graphones of each letter or pair of letters."""
        table: dict[str, list[int]] = {}
        for graphone, letters in enumerate(self.letters):
            table.setdefault(letters, []).append(graphone)
        return {letters: np.array(items) for letters, items in table.items()}

    @cached_property
    def primaries(self) -> NDArray[np.int64]:
        """Return the number of main stresses in each graphone."""
        return np.array([sum(p.endswith("1") for p in phones) for phones in self.phones])

    def advance(
        self, nodes: NDArray[np.int64], graphones: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the log probability of each graphone after its context node, and the new node."""
        score = np.zeros(len(nodes))
        result = np.zeros(len(nodes), dtype=np.int64)
        context = nodes.copy()
        pending = np.arange(len(nodes))
        while len(pending):
            here = context[pending]
            query = here * len(self.letters) + graphones[pending]
            at = np.minimum(np.searchsorted(self.keys, query), len(self.keys) - 1)
            found = self.keys[at] == query
            score[pending[found]] += self.log_prob[at[found]]
            result[pending[found]] = at[found] + 1
            missing = ~found
            score[pending[missing]] += self.log_backoff[here[missing]]
            context[pending[missing]] = self.suffix[here[missing]]
            pending = pending[missing & (here > 0)]
            score[pending[here[missing & (here > 0)] == 0]] += 0.0
        return score, result


@lru_cache(maxsize=1)
def letter_model() -> LetterModel:
    """Load the trained model that comes with the package."""
    packed = resources.files("voicehub.text").joinpath(MODEL_FILE).read_bytes()
    return unpack(load(gzip.decompress(packed)))


def unpack(arrays: dict[str, NDArray[np.generic]]) -> LetterModel:
    """Build the model from its stored arrays (see ``train_letters.pack``)."""
    names = bytes(arrays["graphones"].astype(np.uint8)).decode("ascii").split("\n")
    split = [name.partition("=") for name in names]
    children = arrays["children"].astype(np.int64)
    parents = np.repeat(np.arange(len(children)), children)
    last = arrays["last"].astype(np.int64)
    keys = parents * len(names) + last
    # Level by level: the suffix of an n-gram is the child of its parent's suffix.
    suffix = np.zeros(len(keys) + 1, dtype=np.int32)
    level = np.zeros(len(keys) + 1, dtype=np.int8)
    start = 0
    while start < len(keys):
        end = int(np.searchsorted(parents, start + 1 if start else 1))
        end = max(end, start + 1)
        raise NotImplementedError
    return LetterModel((), (), keys, np.zeros(0, np.float32), np.zeros(0, np.float32), suffix)
