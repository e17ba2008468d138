"""Phone errors of the content encoder: what is decoded from a recording, against its transcript."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

    Wagner and Fischer, "The string-to-string correction problem", Journal of the ACM, 1974, with all costs one.
    """
    columns = np.arange(len(heard) + 1)
    cost = [columns]
    for phone in spoken:
        above = cost[-1]
        row = np.concatenate([[above[0] + 1], above[1:] + 1])
        row[1:] = np.minimum(row[1:], above[:-1] + (np.asarray(heard, np.int64) != phone))
        # An insertion comes from the left: the least of what stands there and the way from it.
        cost.append(np.minimum.accumulate(row - columns) + columns)
    return _counted(cost, spoken, heard)


def _counted(
    cost: Sequence[NDArray[np.int64]], spoken: Sequence[int], heard: Sequence[int]
) -> PhoneErrors:
    """Go back along a cheapest way and count its steps."""
    at, to = len(spoken), len(heard)
    substituted = deleted = inserted = 0
    while at or to:
        here = cost[at][to]
        wrong = int(at > 0 and to > 0 and spoken[at - 1] != heard[to - 1])
        if at and to and here == cost[at - 1][to - 1] + wrong:
            substituted, at, to = substituted + wrong, at - 1, to - 1
        elif at and here == cost[at - 1][to] + 1:
            deleted, at = deleted + 1, at - 1
        else:
            inserted, to = inserted + 1, to - 1
    return PhoneErrors(substituted, deleted, inserted, len(spoken))
