"""The label that can be heard: a line spoken by the voice itself, or the rhythm of GB 45438-2025."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import InputError
from voicehub.store.mark_records import LabelKind

LINES = {"en": "This voice is synthetic.", "zh": "以下为人工智能合成语音。"}
LABELS: tuple[LabelKind, ...] = ("spoken", "rhythm", "none")
_RHYTHM = ((1, 1), (3, 3), (1, 1), (1, 3))  # units of tone and of silence: short-long short-short
_UNIT_SECONDS = 0.1
_TONE_HZ = 660.0
_LEVEL = 0.15
_EDGE_SECONDS = 0.008  # over which a tone comes and goes, so that it does not click


@dataclass(frozen=True)
class Label:
    """Which label is heard; none only for who acknowledges that they tell it in another way."""

    kind: LabelKind = "spoken"
    acknowledged: bool = False

    def __post_init__(self) -> None:
        if self.kind not in LABELS:
            raise InputError(f"an audible label is one of {', '.join(LABELS)}, not {self.kind!r}")
        if self.kind == "none" and not self.acknowledged:
            raise InputError(
                "speech without an audible label needs your acknowledgement that you say yourself, "
                "wherever it is heard, that it is synthetic"
            )


SPOKEN, RHYTHM = Label("spoken"), Label("rhythm")


def opened(first: Waveform | None, parts: Iterator[Waveform]) -> Iterator[Waveform]:
    """Yield ``parts`` with ``first`` before them, in one piece with the first of them."""
    for part in parts:
        if first is not None:
            part = Waveform(np.concatenate([first.samples, part.samples]))
            first = None
        yield part


@lru_cache(maxsize=1)
def rhythm() -> Waveform:
    """Return the rhythm as tones, 1.4 s with the pause after it."""
    edge = round(_EDGE_SECONDS * SAMPLE_RATE)
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)
    pieces = []
    for sounding, silent in _RHYTHM:
        count = round(sounding * _UNIT_SECONDS * SAMPLE_RATE)
        tone = _LEVEL * np.sin(2 * np.pi * _TONE_HZ / SAMPLE_RATE * np.arange(count))
        tone[:edge] *= ramp
        tone[-edge:] *= ramp[::-1]
        pieces += [tone, np.zeros(round(silent * _UNIT_SECONDS * SAMPLE_RATE))]
    return Waveform(np.concatenate(pieces).astype(np.float32))
