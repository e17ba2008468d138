"""Everybody a newcomer is compared with, in memory: all voiceprints, and who opted out.

A few directions propose and the whole voiceprint decides. What a first look leaves out cannot reach the
threshold: a cosine is at most the product in those directions plus that of the lengths of the rest
(Cauchy and Schwarz).
"""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicehub.services.directions import ROUGH, main_directions, with_room
from voicehub.store.prints import Key, PrintedKind, PrintStore, Stand

Vector = NDArray[np.float32]
_SIZE = 256  # numbers of a voiceprint
_ROUNDING = 1e-4  # that products at single precision may be off by
_AGAIN = 2  # times as many voiceprints: look for their main directions again
_BLOCK = 20_000  # voiceprints at single precision at a time


@dataclass(frozen=True)
class Match:
    """Somebody registered whom a newcomer sounds like."""

    kind: PrintedKind
    identifier: str
    score: float


class Registry:
    """All voiceprints; what was added since the last look is read, and what went is left out."""

    def __init__(self, store: PrintStore) -> None:
        self.store = store
        self._lock = threading.Lock()
        self._stand = Stand()
        self._places: dict[Key, int] = {}
        self._keys: list[Key] = []
        self._whole = np.zeros((0, _SIZE), np.float16)  # as stored
        self._rough = np.zeros((0, ROUGH), np.float32)
        self._rest = np.zeros(0, np.float32)  # lengths of what lies in no direction
        self._fitted = 0  # voiceprints that the directions come from
        self._directions = main_directions(np.zeros((0, _SIZE), np.float32))

    def __len__(self) -> int:
        """Return how many there are."""
        with self._lock:
            self._refresh()
            return len(self._keys)

    def alike(self, vector: Vector, least: float) -> list[Match]:
        """Return those whose cosine with ``vector``, a unit vector, is ``least`` or more, best first."""
        vector = vector.astype(np.float32)
        with self._lock:
            self._refresh()
            places = self._proposed(vector, least)
            keys = [self._keys[at] for at in places]
            scores = _unit(self._whole[places]) @ vector
        found = [(*keys[at], float(scores[at])) for at in np.argsort(-scores)]
        return [Match(kind, name, score) for kind, name, score in found if score >= least]

    def _proposed(self, vector: Vector, least: float) -> NDArray[np.int64]:
        count = len(self._keys)
        rough = self._directions @ vector
        rest = float(np.linalg.norm(vector - rough @ self._directions))
        most = self._rough[:count] @ rough
        most += rest * self._rest[:count]
        return np.flatnonzero(most >= least - _ROUNDING)

    def _refresh(self) -> None:
        self._stand, added, gone = self.store.since(self._stand, self._places.keys())
        for key in gone:
            self._remove(key)
        if added:
            self._add([key for key, _ in added], b"".join(vector for _, vector in added))

    def _add(self, keys: list[Key], packed: bytes) -> None:
        count = len(self._keys)
        need = count + len(keys)
        self._whole, self._rough, self._rest = (
            with_room(each, need) for each in (self._whole, self._rough, self._rest)
        )
        self._whole[count:need] = np.frombuffer(packed, "<f2").reshape(-1, _SIZE)
        self._places |= {key: count + number for number, key in enumerate(keys)}
        self._keys += keys
        if need >= _AGAIN * self._fitted:
            self._directions = main_directions(_unit(self._whole[: min(need, _BLOCK)]))
            self._fitted, count = need, 0
        for first in range(count, need, _BLOCK):
            self._project(first, min(first + _BLOCK, need))

    def _project(self, first: int, last: int) -> None:
        """Split voiceprints into what lies in the main directions and the length of the rest."""
        whole = _unit(self._whole[first:last])
        rough = whole @ self._directions.T
        self._rough[first:last] = rough
        self._rest[first:last] = np.linalg.norm(whole - rough @ self._directions, axis=1)

    def _remove(self, key: Key) -> None:
        """Put the last one in the place of one that went."""
        place, last = self._places.pop(key), self._keys.pop()
        if last != key:
            self._keys[place], self._places[last] = last, place
            for each in (self._whole, self._rough, self._rest):
                each[place] = each[len(self._keys)]


def _unit(vectors: NDArray[np.float16]) -> Vector:
    # A number that is none makes its own voiceprint nobody's, and leaves the others' directions alone.
    whole = np.nan_to_num(vectors.astype(np.float32), posinf=0.0, neginf=0.0)
    whole /= np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-9)
    return whole
