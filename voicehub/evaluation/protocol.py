"""The benchmark's material: which recordings of a held-out speaker are tuned on, tested, and compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicehub.audio.files import read_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.training.manifest import Entry

TUNING_SECONDS = 60.0
N_TEST = 5
N_OTHER = 8
_TEST_SECONDS = (3.0, 16.0)


@dataclass(frozen=True)
class Reading:
    """A recording with the words that are read."""

    waveform: Waveform
    text: str


@dataclass(frozen=True)
class Material:
    """One speaker: about 60 s to tune on, sentences to test, and other recordings to compare with."""

    speaker: str
    gender: str
    tuning: Sequence[Waveform]
    test: Sequence[Reading]
    other: Sequence[Waveform]


def speaker_material(entries: Sequence[Entry], speaker: str) -> Material:
    """Split the recordings of ``speaker``, in the order of their paths, into three disjoint parts."""
    own = sorted((e for e in entries if e.speaker == speaker and e.text), key=lambda e: e.path)
    low, high = _TEST_SECONDS
    fitting = [entry for entry in own if low <= entry.seconds <= high]
    test = fitting[-N_TEST:]
    rest = [entry for entry in own if entry not in test]
    other = rest[-N_OTHER:]
    tuning: list[Entry] = []
    for entry in rest[:-N_OTHER]:
        if sum(e.seconds for e in tuning) >= TUNING_SECONDS:
            break
        tuning.append(entry)
    if len(test) < N_TEST or sum(e.seconds for e in tuning) < TUNING_SECONDS / 2:
        raise InputError(f"the manifest holds too little speech of {speaker} for the benchmark")
    return Material(
        speaker,
        own[0].gender,
        [_read(entry) for entry in tuning],
        [Reading(_read(entry), entry.text) for entry in test],
        [_read(entry) for entry in other],
    )


def _read(entry: Entry) -> Waveform:
    return normalise_loudness(read_audio(entry.path))
