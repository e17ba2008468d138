"""The benchmark's material: which recordings of a held-out speaker are tuned on, tested, and compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from voicehub.audio.files import read_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.segment import cut_utterances
from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.evaluation.similarity import MIN_PIECES, MIN_RECORDINGS
from voicehub.training.manifest import Entry

TUNING_SECONDS = 60.0
N_TEST = 5
N_OTHER = 8
_TEST_SECONDS = (3.0, 16.0)
_N_SCARCE_TEST = 3
_PIECE_SECONDS = (1.0, 3.0)


@dataclass(frozen=True)
class Reading:
    """A recording with the words that are read."""

    waveform: Waveform
    text: str


@dataclass(frozen=True)
class Material:
    """One speaker: what is tuned on, sentences to test, and other sounds of the speaker to compare with.

    ``cut_from`` is empty where ``other`` are recordings of their own; where they are pieces of the test recordings,
    it holds the number of that recording for each of them.
    """

    speaker: str
    gender: str
    tuning: Sequence[Waveform]
    test: Sequence[Reading]
    other: Sequence[Waveform]
    cut_from: Sequence[int] = ()

    @property
    def fewest(self) -> int:
        """How many of ``other`` a mean must be made of."""
        return MIN_PIECES if self.cut_from else MIN_RECORDINGS

    def others_of(self, number: int) -> list[int]:
        """Return the indices of ``other`` that what is made from test ``number`` may be compared with."""
        if not self.cut_from:
            return list(range(len(self.other)))
        return [k for k, origin in enumerate(self.cut_from) if origin != number]


def speaker_material(entries: Sequence[Entry], speaker: str) -> Material:
    """Split the recordings of ``speaker``, in the order of their paths, into tuning, test and others.

    The test is the last five that last 3 to 16 s; of the rest the last eight are the others, and the first are tuned
    on until they last 60 s. The three parts are disjoint.

    Of a speaker with too little for that, the last three recordings are the test and all before them are tuned on.
    The others are then pieces, 1 to 3 s long, of the three test recordings, and whatever a system makes from one of
    these, by copying it or by reading its words, is compared with the pieces of the other two alone, at least three
    (``Material.others_of``). So nothing that is compared with was tuned on, copied, or is the sound that is scored.
    Similarities are lower against short pieces than against whole recordings: read them beside their own ceiling.

    Raises ``InputError`` where there is too little for either.
    """
    own = _own(entries, speaker)
    test, other, rest = _divide(own)
    tuning = _first(rest, TUNING_SECONDS)
    if len(test) < N_TEST or sum(e.seconds for e in tuning) < TUNING_SECONDS / 2:
        return _scarce_material(own, speaker)
    return Material(
        speaker,
        own[0].gender,
        [_read(entry) for entry in tuning],
        [Reading(_read(entry), entry.text) for entry in test],
        [_read(entry) for entry in other],
    )


def tuning_readings(entries: Sequence[Entry], speaker: str, seconds: float) -> list[Reading]:
    """Return whole recordings of ``speaker``, in order, until they last ``seconds``; all where that is less.

    None of them is among the test or the others of ``speaker_material``.
    """
    _, _, rest = _divide(_own(entries, speaker))
    return [Reading(_read(entry), entry.text) for entry in _first(rest, seconds)]


def cut_to(readings: Sequence[Reading], seconds: float) -> list[Waveform]:
    """Return the sound of ``readings``, the last cut off so that all last ``seconds``."""
    cut: list[Waveform] = []
    for reading in readings:
        whole = reading.waveform
        left = round((seconds - sum(w.seconds for w in cut)) * whole.sample_rate)
        if left > 0:
            samples = np.ascontiguousarray(whole.samples[:left])
            cut.append(Waveform(samples, whole.sample_rate, whole.source_rate))
    return cut


def _own(entries: Sequence[Entry], speaker: str) -> list[Entry]:
    return sorted((e for e in entries if e.speaker == speaker and e.text), key=lambda e: e.path)


def _divide(own: Sequence[Entry]) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """Return what is tested, what is compared with, and the rest."""
    low, high = _TEST_SECONDS
    test = [entry for entry in own if low <= entry.seconds <= high][-N_TEST:]
    rest = [entry for entry in own if entry not in test]
    return test, rest[-N_OTHER:], rest[:-N_OTHER]


def _first(entries: Sequence[Entry], seconds: float) -> list[Entry]:
    """Return the first of ``entries`` that together last ``seconds``, the last one whole."""
    before = accumulate((entry.seconds for entry in entries), initial=0.0)
    return [entry for entry, so_far in zip(entries, before, strict=False) if so_far < seconds]


def _scarce_material(own: Sequence[Entry], speaker: str) -> Material:
    test = [Reading(_read(entry), entry.text) for entry in own[-_N_SCARCE_TEST:]]
    pieces = [
        (piece, number)
        for number, reading in enumerate(test)
        for piece in cut_utterances(reading.waveform, *_PIECE_SECONDS)
    ]
    tuning = [_read(entry) for entry in own[:-_N_SCARCE_TEST]]
    counts = [sum(origin != number for _, origin in pieces) for number in range(len(test))]
    if not tuning or min(counts) < MIN_PIECES:
        raise InputError(f"the manifest holds too little speech of {speaker} for the benchmark")
    return Material(
        speaker,
        own[0].gender,
        tuning,
        test,
        [piece for piece, _ in pieces],
        [origin for _, origin in pieces],
    )


def _read(entry: Entry) -> Waveform:
    return normalise_loudness(read_audio(entry.path))
