"""Sound that was heard here before: statements, recordings and speech, known again by fingerprint."""

import threading

import numpy as np

from voicehub.audio.waveform import Waveform
from voicehub.consent.fingerprint import Fingerprint, FingerprintIndex, fingerprint
from voicehub.store.prints import PrintKind, PrintStore


class Replays:
    """Compares a statement with all that was heard; keeps the index until something is new."""

    def __init__(self, store: PrintStore) -> None:
        self.store = store
        self._lock = threading.Lock()
        self._stand: tuple[int, int] = (0, 0)
        self._index = FingerprintIndex([])

    def find(self, waveform: Waveform) -> tuple[str, float] | None:
        """Return (kind, share of bits that differ) of what ``waveform`` repeats, or None."""
        wanted = fingerprint(waveform)
        with self._lock:
            stand = self.store.fingerprint_stand()
            if stand != self._stand:
                rows = self.store.fingerprints()
                known = [(kind, np.frombuffer(data, np.uint32)) for _, kind, _, data in rows]
                self._index, self._stand = FingerprintIndex(known), stand
            return self._index.find(wanted)


def remember(store: PrintStore, kind: PrintKind, ref: str, print_: Fingerprint) -> None:
    """Keep how something sounds; what is too short to be known again is not kept."""
    if len(print_):
        store.add_fingerprint(kind, ref, print_.tobytes())
