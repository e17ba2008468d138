"""Phone errors of the content encoder: what is decoded from a recording, against its transcript."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicehub.evaluation.recogniser import need_jiwer
from voicehub.model.content import decode_phones
from voicehub.text.phonemes import PHONE_INDEX, SILENCE, Phoneme


@dataclass(frozen=True)
class PhoneErrors:
    """Counts that can be added up; ``phones`` are those of the transcript."""

    substituted: int
    deleted: int
    inserted: int
    phones: int

    def __add__(self, other: "PhoneErrors") -> "PhoneErrors":
        return PhoneErrors(
            self.substituted + other.substituted,
            self.deleted + other.deleted,
            self.inserted + other.inserted,
            self.phones + other.phones,
        )

    @property
    def errors(self) -> int:
        """All three kinds together."""
        return self.substituted + self.deleted + self.inserted


def heard_phones(logits: NDArray[np.float32], switch_penalty: float) -> list[int]:
    """Return the phones decoded from ``logits`` (n_phones, frames), each run once, silence left out."""
    path = decode_phones(logits, switch_penalty)
    starts = np.concatenate([[True], path[1:] != path[:-1]])
    return [int(phone) for phone in path[starts] if phone != PHONE_INDEX[SILENCE]]


def phone_numbers(phonemes: Sequence[Phoneme]) -> list[int]:
    """Return the phones of a transcript as numbers, without stress, tones and boundaries."""
    return [PHONE_INDEX[p.symbol] for p in phonemes if p.symbol != SILENCE]


def count_errors(spoken: Sequence[int], heard: Sequence[int]) -> PhoneErrors:
    """Return the fewest errors that turn ``spoken`` into ``heard``.

    How they split into kinds is jiwer's choice where several ways have as few.
    """
    if not spoken:
        return PhoneErrors(0, 0, len(heard), 0)
    counts = need_jiwer().process_words(_as_words(spoken), _as_words(heard))
    return PhoneErrors(counts.substitutions, counts.deletions, counts.insertions, len(spoken))


def _as_words(phones: Sequence[int]) -> str:
    return " ".join(map(str, phones))
