"""Spelling to sound for English words no dictionary has: a joint n-gram model over graphones.

A graphone pairs one or two letters with none to two phones; a word is a sequence of them, and the
most probable sequence that spells the word gives its phones (Bisani & Ney 2008, section 2).
"""

import gzip
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from voicehub.text.phonemes import ENGLISH_CONSONANTS, ENGLISH_VOWELS

SYMBOLS = (*ENGLISH_CONSONANTS, *(v + stress for v in ENGLISH_VOWELS for stress in "012"))
NATS_PER_STEP = 1 / 16  # log probabilities are stored as one byte each, in steps of this size
WORD_START = 0  # graphone 0 only ever stands at the head of a context
WORD_END = 1
_MODEL = "data/letters.safetensors.gz"
_BEAM = 16  # hypotheses kept per letter
_LONGEST = 32  # letters; longer strings are no words and are read piece by piece
_WRONG_STRESS = 1000.0  # nats; puts readings without exactly one main stress behind all others


def guess_phones(word: str) -> str:
    """Return the likely ARPAbet of an English word given as letters a-z, "" for no letters."""
    letters = "".join(c for c in word.lower() if "a" <= c <= "z")
    model = letter_model()
    pieces = [letters[at : at + _LONGEST] for at in range(0, len(letters), _LONGEST)]
    return " ".join(phone for piece in pieces for phone in model.pronounce(piece))


@lru_cache(maxsize=1)
def letter_model() -> "LetterModel":
    """Load the trained model that comes with the package."""
    packed = resources.files("voicehub.text").joinpath(_MODEL).read_bytes()
    return unpack(load(gzip.decompress(packed)))


def unpack(arrays: dict[str, NDArray[np.uint8]]) -> "LetterModel":
    """Build the model from its stored arrays; ``train_letters.pack`` documents them."""
    names = bytes(arrays["graphones"]).decode("ascii").split("\n")
    pairs = [name.partition("=") for name in names]
    parents = np.repeat(np.arange(len(arrays["children"])), arrays["children"])
    last = arrays["last"].astype(np.int64)
    keys = parents * len(names) + last
    suffix = np.zeros(len(keys) + 1, dtype=np.int64)
    end = 0
    for order, size in enumerate(arrays["sizes"].tolist()):
        start, end = end, end + size
        if order:  # the suffix of an n-gram is a child of its parent's suffix
            query = suffix[parents[start:end]] * len(names) + last[start:end]
            suffix[start + 1 : end + 1] = np.searchsorted(keys, query) + 1
    log_backoff = np.zeros(len(keys) + 1)
    log_backoff[: len(arrays["backoff"])] = arrays["backoff"] * -NATS_PER_STEP
    return LetterModel(
        letters=tuple(letters for letters, _, _ in pairs),
        phones=tuple(tuple(phones.split()) for _, _, phones in pairs),
        keys=keys,
        log_prob=arrays["prob"].astype(np.float64) * -NATS_PER_STEP,
        log_backoff=log_backoff,
        suffix=suffix,
    )


@dataclass(frozen=True)
class LetterModel:
    """A back-off n-gram model over graphones: a trie in flat arrays, level by level.

    Node 0 is the empty context; node n > 0 is the n-gram ``keys[n - 1]``, which is its parent node
    times the number of graphones plus its last graphone. Probabilities are in nats.
    """

    letters: tuple[str, ...]  # per graphone; "" for the word's start and end
    phones: tuple[tuple[str, ...], ...]  # per graphone
    keys: NDArray[np.int64]  # (n_ngrams,), rising
    log_prob: NDArray[np.float64]  # (n_ngrams,)
    log_backoff: NDArray[np.float64]  # (1 + n_ngrams,)
    suffix: NDArray[np.int64]  # (1 + n_ngrams,) the node without its first graphone

    @cached_property
    def by_letters(self) -> dict[str, NDArray[np.int64]]:
        """Return the graphones of each letter or pair of letters."""
        table: dict[str, list[int]] = {}
        for graphone, letters in enumerate(self.letters):
            table.setdefault(letters, []).append(graphone)
        return {letters: np.array(items) for letters, items in table.items()}

    @cached_property
    def main_stresses(self) -> NDArray[np.int64]:
        """Return the number of main stresses in each graphone."""
        return np.array([sum(p.endswith("1") for p in phones) for phones in self.phones])

    def advance(
        self, contexts: NDArray[np.int64], graphones: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the log probability of each graphone after its context node, and the new node."""
        scores = np.zeros(len(contexts))
        nodes = np.zeros(len(contexts), dtype=np.int64)
        pending, here = np.arange(len(contexts)), contexts
        while len(pending):
            query = here * len(self.letters) + graphones[pending]
            at = np.minimum(np.searchsorted(self.keys, query), len(self.keys) - 1)
            found = self.keys[at] == query
            scores[pending[found]] += self.log_prob[at[found]]
            nodes[pending[found]] = at[found] + 1
            pending, here = pending[~found], here[~found]
            scores[pending] += self.log_backoff[here]
            here = self.suffix[here]  # ends at node 0, whose children are all graphones
        return scores, nodes

    def pronounce(self, word: str) -> tuple[str, ...]:
        """Return the most probable phones of a word of letters a-z, () if no graphones spell it."""
        stacks = [_Stack() for _ in range(len(word) + 1)]
        start = int(np.searchsorted(self.keys, WORD_START)) + 1
        stacks[0].push(_Beam(*(np.array([value]) for value in (0.0, start, 0, -1, -1))))
        history: list[tuple[int, int]] = []  # (entry before or -1, graphone or -1)
        for at in range(len(word)):
            if not stacks[at].beams:
                continue
            beam = stacks[at].best(_BEAM, history)
            for end in (at + 1, at + 2):
                graphones = self.by_letters.get(word[at:end])
                if graphones is not None and end <= len(word):
                    stacks[end].push(self._extended(beam, graphones))
        if not stacks[-1].beams:
            return ()
        beam = stacks[-1].best(4 * _BEAM, history)
        ends = np.full(len(beam.scores), WORD_END)
        total = beam.scores + self.advance(beam.nodes, ends)[0]
        total -= _WRONG_STRESS * np.abs(beam.stresses - 1)
        entry = int(beam.entries[np.argmax(total)])
        phones: list[str] = []
        while entry >= 0:
            entry, graphone = history[entry]
            phones[:0] = self.phones[graphone] if graphone >= 0 else ()
        return tuple(phones)

    def _extended(self, beam: "_Beam", graphones: NDArray[np.int64]) -> "_Beam":
        old = np.repeat(np.arange(len(beam.scores)), len(graphones))
        new = np.tile(graphones, len(beam.scores))
        scores, nodes = self.advance(beam.nodes[old], new)
        stresses = beam.stresses[old] + self.main_stresses[new]
        return _Beam(beam.scores[old] + scores, nodes, stresses, beam.entries[old], new)


@dataclass(frozen=True)
class _Beam:
    """Hypotheses that spell the same letters, one per row of each array."""

    scores: NDArray[np.float64]  # nats
    nodes: NDArray[np.int64]  # context in the model
    stresses: NDArray[np.int64]  # main stresses so far
    entries: NDArray[np.int64]  # index into the history
    graphones: NDArray[np.int64]


@dataclass
class _Stack:
    """The hypotheses that reach one letter, gathered from one and two letters before it."""

    beams: list[_Beam] = field(default_factory=list)

    def push(self, beam: _Beam) -> None:
        self.beams.append(beam)

    def best(self, size: int, history: list[tuple[int, int]]) -> _Beam:
        """Return the best hypotheses and enter each into the history."""
        fields = ("scores", "nodes", "stresses", "entries", "graphones")
        joined = _Beam(*(np.concatenate([getattr(b, name) for b in self.beams]) for name in fields))
        # a second main stress is all but never right, so such readings must not fill the beam
        ranked = joined.scores - 5.0 * np.maximum(joined.stresses - 1, 0)
        top = np.argsort(-ranked, kind="stable")[:size]
        entries = np.arange(len(history), len(history) + len(top))
        history += zip(joined.entries[top].tolist(), joined.graphones[top].tolist(), strict=True)
        return _Beam(
            joined.scores[top], joined.nodes[top], joined.stresses[top], entries,
            joined.graphones[top],
        )  # fmt: skip
