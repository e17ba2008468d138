"""Voices that sound alike: the embeddings of all listings in memory, searched in two steps.

The matrix only proposes: what comes back is read from the database, which knows what is open now.
"""

import threading

import numpy as np
from numpy.typing import NDArray

from voicehub.services.directions import ROUGH, main_directions, with_room
from voicehub.store.market_records import Listing
from voicehub.store.search import SearchStore

_PROPOSED = 2_000  # that the second step compares exactly
_LOOKED_AT = 20_000  # embeddings that tell the main directions, at most


class SimilarVoices:
    """Keeps unit embeddings, in full at half precision and in a few directions at full precision."""

    def __init__(self, searches: SearchStore) -> None:
        self.searches = searches
        self._lock = threading.Lock()
        self._mark, self._count = 0, 0
        self._numbers = np.zeros(0, np.int64)
        self._whole = np.zeros((0, 256), np.float16)
        self._rough = np.zeros((0, ROUGH), np.float32)
        self._centre = np.zeros(256, np.float32)
        self._directions: NDArray[np.float32] | None = None

    def nearest(self, embedding: NDArray[np.float32], limit: int) -> list[tuple[Listing, float]]:
        """Return open listings by falling cosine to ``embedding``, a unit vector (256,)."""
        with self._lock:
            while self._refresh():
                continue
            numbers, scores = self._propose(embedding)
        found = self.searches.open_ones([int(number) for number in numbers[: 8 * limit]])
        close = dict(zip(numbers.tolist(), scores.tolist(), strict=True))
        return [(listing, float(close[listing.number])) for listing in found[:limit]]

    def _propose(
        self, embedding: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        if not self._count or self._directions is None:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        rough = self._rough[: self._count] @ (self._directions @ (embedding - self._centre))
        some = min(_PROPOSED, self._count)
        places = np.argpartition(rough, self._count - some)[self._count - some :]
        exact = self._whole[places].astype(np.float32) @ embedding
        order = np.argsort(-exact, kind="stable")
        # A listing whose clips were made anew stands here twice: the later one holds.
        _numbers, first = np.unique(self._numbers[places][order], return_index=True)
        kept = np.sort(first)
        return self._numbers[places][order][kept], exact[order][kept]

    def _refresh(self) -> bool:
        """Add some of what was listed since the last look; return whether there was any."""
        numbers, vectors, mark = self.searches.sounds(self._mark)
        if not len(numbers):
            return False
        if self._directions is None:
            some = vectors[:_LOOKED_AT]
            self._centre = some.mean(0) if len(some) > 256 else self._centre
            self._directions = main_directions(some - self._centre)
        need = self._count + len(numbers)
        self._numbers = with_room(self._numbers, need)
        self._whole, self._rough = with_room(self._whole, need), with_room(self._rough, need)
        here = slice(self._count, need)
        self._numbers[here] = numbers
        self._whole[here] = vectors
        self._rough[here] = (vectors - self._centre) @ self._directions.T
        self._count, self._mark = need, mark
        return True
