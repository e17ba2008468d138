"""Mandarin as the content encoder hears it: the share of syllables and of tones that are right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.files import read_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.waveform import Waveform
from voicehub.features.f0 import track_f0
from voicehub.features.mel import log_mel
from voicehub.model.analysis import hear
from voicehub.model.base import Base
from voicehub.text.mandarin import mandarin_syllables
from voicehub.text.phonemes import PHONE_INDEX, Phoneme
from voicehub.text.pronounce import transcript_phonemes
from voicehub.training.alignment import with_silences
from voicehub.training.hmm import STATES_PER_PHONE, best_path, build_chain
from voicehub.training.manifest import Entry
from voicehub.training.prepare import pack_phonemes

_N_SENTENCES = 36
_CORPUS = "aishell_sample"


@dataclass(frozen=True)
class ChineseSentence:
    """A natural recording of a Chinese sentence, its phonemes, and its number among those that were picked."""

    number: int
    natural: Waveform
    phonemes: tuple[Phoneme, ...]


def chinese_sentences(entries: Sequence[Entry]) -> list[ChineseSentence]:
    """Return some 36 readings of AISHELL, of 3 to 8 s, spread over the corpus; none where there is none."""
    chinese = [e for e in entries if e.corpus == _CORPUS and 3 < e.seconds < 8]
    picked = chinese[:: max(1, len(chinese) // _N_SENTENCES)]
    read = ((n, entry, transcript_phonemes(entry.text, "zh")) for n, entry in enumerate(picked))
    return [ChineseSentence(n, read_audio(e.path), found) for n, e, found in read if found]


@dataclass(frozen=True)
class MandarinScore:
    """Counts that can be added up: syllables, those heard right, and those whose tone was."""

    syllables: int
    right: int
    tones_right: int

    def __add__(self, other: "MandarinScore") -> "MandarinScore":
        return MandarinScore(
            self.syllables + other.syllables,
            self.right + other.right,
            self.tones_right + other.tones_right,
        )


def mandarin_shares(
    base: Base, spoken: Iterable[tuple[ChineseSentence, Waveform]]
) -> dict[str, float] | None:
    """Return the shares of syllables and tones heard in natural readings and in ``spoken`` ones; None without any."""
    totals = {"natural": MandarinScore(0, 0, 0), "spoken": MandarinScore(0, 0, 0)}
    for sentence, waveform in spoken:
        totals["natural"] += score_mandarin(base, sentence.natural, sentence.phonemes)
        totals["spoken"] += score_mandarin(base, waveform, sentence.phonemes)
    if not totals["natural"].syllables:
        return None
    return {
        f"{kind}_{name}": getattr(score, field) / score.syllables
        for kind, score in totals.items()
        for name, field in (("syllables", "right"), ("tones", "tones_right"))
    } | {"syllable_count": float(totals["natural"].syllables)}


def score_mandarin(base: Base, waveform: Waveform, phonemes: Sequence[Phoneme]) -> MandarinScore:
    """Align ``phonemes`` to the speech, then ask for each syllable which of all fits its stretch best.

    The encoder judges both natural and synthetic speech, so only the ratio of the two says something.
    """
    samples = normalise_loudness(waveform).samples
    encoded = hear(base, samples, log_mel(samples), track_f0(samples).f0)
    scores = encoded.phones.log_softmax(0).numpy(force=True).T
    tones = encoded.tones.log_softmax(0).numpy(force=True).T
    tokens, optional = with_silences(np.array(pack_phonemes(phonemes), np.int16))
    chain = build_chain(tokens[:, 0].astype(np.int32), optional)
    state_scores = np.ascontiguousarray(np.repeat(scores, STATES_PER_PHONE, 1), np.float32)
    path, _ = best_path(state_scores, chain)
    token_of = chain.token[path]
    total = MandarinScore(0, 0, 0)
    for members in _syllables(tokens):
        frames = np.flatnonzero((token_of >= members[0]) & (token_of <= members[-1]))
        if len(frames) == 0:
            total += MandarinScore(1, 0, 0)
            continue
        spoken = tuple(int(tokens[m, 0]) for m in members)
        heard = _best_syllable(scores[frames])
        tone = int(tokens[members[-1], 1])
        rhyme = np.isin(token_of, [m for m in members if tokens[m, 1] == tone])
        heard_tone = 1 + int(tones[rhyme][:, 1:].mean(0).argmax()) if rhyme.any() else 0
        total += MandarinScore(1, int(heard == spoken), int(heard_tone == tone))
    return total


def _syllables(tokens: NDArray[np.int16]) -> list[list[int]]:
    """Group token numbers by syllable: each ends in a boundary, silences stand between."""
    groups: list[list[int]] = []
    current: list[int] = []
    for number, (phone, _, boundary, _) in enumerate(tokens):
        if phone:
            current.append(number)
        if current and (boundary or not phone):
            groups.append(current)
            current = []
    return [*groups, current] if current else groups


@lru_cache(maxsize=1)
def _inventory() -> list[tuple[int, ...]]:
    """Return the phones of every syllable that the common ideographs are read with."""
    found = set()
    for code in range(0x4E00, 0x9FA6):
        for syllable in mandarin_syllables(chr(code)):
            found.add(tuple(PHONE_INDEX[phoneme.symbol] for phoneme in syllable))
    return sorted(found)


def _best_syllable(scores: NDArray[np.float32]) -> tuple[int, ...]:
    """Return the syllable whose phones, in order and of free length, score best over (frames, phones)."""
    total = np.concatenate([np.zeros((1, scores.shape[1])), np.cumsum(scores, 0, dtype=np.float64)])
    best, best_score = (), -np.inf
    for syllable in _inventory():
        if len(syllable) > len(scores):
            continue
        # reach[t]: the best score of the phones so far when they end before frame t
        reach = total[:, syllable[0]]
        for phone in syllable[1:]:
            reach = total[:, phone] + np.maximum.accumulate(
                np.concatenate([[-np.inf], (reach - total[:, phone])[:-1]])
            )
        if reach[-1] > best_score:
            best, best_score = syllable, float(reach[-1])
    return best
