"""Whether a recording holds the words it should: each word's likelihood against free speech.

The expected phones are aligned to the phone posteriors of the content encoder; a frame's score is the log
posterior of its phone less that of the best phone of all, which a free loop over phones would choose
(Witt and Young, "Phone-level pronunciation scoring", Speech Communication 30, 2000). 0 is a perfect word.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.waveform import Waveform
from voicehub.errors import TextError
from voicehub.features.mel import log_mel
from voicehub.model.analysis import hear
from voicehub.model.base import Base
from voicehub.text.frontend import Frontend
from voicehub.text.phonemes import BOUNDARY_INDEX, PHONE_INDEX, SILENCE, Phoneme
from voicehub.training.hmm import STATES_PER_PHONE, Chain, best_path, build_chain

_FLOOR = 1e-3  # of a posterior: one odd frame does not decide about a word
_NO_FIT = -1e9  # log likelihood: more states than frames, see `best_path`
_CODE_TOKEN = re.compile(r"[a-z]+|\d|[\u4e00-\u9fff]{2}")
_DIGITS = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "zh": "零一二三四五六七八九",
}
_WORD = BOUNDARY_INDEX["word"]
_SILENT = PHONE_INDEX[SILENCE]

Phones = tuple[int, ...]


@dataclass(frozen=True)
class Word:
    """A word that is expected; with ``rivals``, other words that it must be told from, it is code."""

    phones: Phones
    rivals: tuple[Phones, ...] = ()


@dataclass(frozen=True)
class WordScores:
    """What became of a text in a recording; log likelihoods a frame, 0 is perfect.

    ``overall`` is the mean over the frames of all words, ``words`` (n,) that of each word. ``code`` (m,) says
    how much likelier each word of the code is than the rival that fits best, between the same neighbours; the
    log of that. ``unexplained`` is the share of speech that belongs to no word.
    """

    overall: float
    words: NDArray[np.float64]
    code: NDArray[np.float64]
    unexplained: float

    def share(self, least: float) -> float:
        """Return the share of the words that score ``least`` or more."""
        return float(np.mean(self.words >= least))


def phone_scores(base: Base, waveform: Waveform) -> NDArray[np.float32]:
    """Return log posteriors of the phones, (frames, n_phones)."""
    samples = normalise_loudness(waveform).samples
    mel = log_mel(samples)
    logits = hear(base, samples, mel, np.zeros(mel.shape[1], np.float32)).phones
    posteriors = logits.softmax(0).numpy(force=True).T
    return np.log(np.maximum(posteriors, _FLOOR)).astype(np.float32)


def words_of(text: str, frontend: Frontend | None = None) -> list[Word]:
    """Return the words of a text, Chinese ones syllable by syllable; () where none can be read."""
    try:
        sentences = (frontend or Frontend()).sentences(text)
        phonemes = [each for sentence in sentences for each in sentence.phonemes]
    except TextError:
        return []
    return words_of_phonemes(phonemes)


def words_of_phonemes(phonemes: Sequence[Phoneme]) -> list[Word]:
    """Cut phonemes at the ends of words."""
    words: list[Word] = []
    phones: list[int] = []
    for each in phonemes:
        phones.append(PHONE_INDEX[each.symbol])
        if BOUNDARY_INDEX[each.boundary] >= _WORD:
            words.append(Word(tuple(phones)))
            phones = []
    return words


def code_words(code: str, language: str, choice: Sequence[str]) -> list[Word]:
    """Return the digits and words of a code; each word's rivals are the other ones of ``choice``."""
    digits = [_reading(word) for word in _DIGITS[language]]
    others = [_reading(word) for word in choice]
    words = []
    for token in _CODE_TOKEN.findall(code):
        phones = digits[int(token)] if token.isdigit() else _reading(token)
        rivals = digits if token.isdigit() else others
        words.append(Word(phones, tuple(each for each in rivals if each != phones)))
    return words


def score_words(scores: NDArray[np.float32], words: Sequence[Word]) -> WordScores:
    """Align ``words`` to ``scores``, as of `phone_scores`, and say how well each fits."""
    best = scores.max(1)
    loud = scores.argmax(1) != _SILENT
    path = _align(scores, [word.phones for word in words])
    if path is None:
        missed = np.full(sum(bool(word.rivals) for word in words), -np.inf)
        lowest = float(np.log(_FLOOR))
        return WordScores(lowest, np.full(len(words), lowest), missed, 1.0)
    phone, word_at = path
    ratio = scores[np.arange(len(scores)), phone] - best
    each = np.array([ratio[word_at == number].mean() for number in range(len(words))])
    code = [
        _margin(scores, word_at, words, number) for number, word in enumerate(words) if word.rivals
    ]
    unexplained = float((loud & (word_at < 0)).sum() / max(loud.sum(), 1))
    return WordScores(float(ratio[word_at >= 0].mean()), each, np.array(code), unexplained)


@lru_cache(maxsize=1_000)  # of the words of codes, which are rivals of each other again and again
def _reading(word: str) -> Phones:
    return tuple(phone for part in words_of(word) for phone in part.phones)


def _align(
    scores: NDArray[np.float32], words: Sequence[Phones]
) -> tuple[NDArray[np.int32], NDArray[np.int32]] | None:
    """Return the phone and the word of each frame, -1 between words; None where they do not fit."""
    tokens, owner, chain = _chained(words)
    path, mean = best_path(_by_state(scores), chain)
    if mean < _NO_FIT:
        return None
    token = chain.token[path]
    return tokens[token], owner[token]


def _margin(
    scores: NDArray[np.float32], word_at: NDArray[np.int32], words: Sequence[Word], number: int
) -> float:
    """Return the log likelihood ratio of a word to its best rival, over its neighbours' frames too.

    Alone, a word that was not said would be compared in the few frames that suit it; between its neighbours
    all that was said there has to be accounted for.
    """
    first, last = max(number - 1, 0), min(number + 1, len(words) - 1)
    frames = np.flatnonzero((word_at >= first) & (word_at <= last))
    part = _by_state(scores[frames[0] : frames[-1] + 1])
    before = [word.phones for word in words[first:number]]
    after = [word.phones for word in words[number + 1 : last + 1]]

    def fit(phones: Phones) -> float:
        _, _, chain = _chained([*before, phones, *after])
        return best_path(part, chain)[1] * len(part)

    best = max(fit(rival) for rival in words[number].rivals)
    # So fast that no rival fits: nothing says that it is the word.
    return fit(words[number].phones) - best if best > _NO_FIT else -np.inf


def _chained(words: Sequence[Phones]) -> tuple[NDArray[np.int32], NDArray[np.int32], Chain]:
    """Return the phones of words with silence around that may be skipped, whose they are, and the chain."""
    phones, owner = [_SILENT], [-1]
    for number, word in enumerate(words):
        phones += [*word, _SILENT]
        owner += [number] * len(word) + [-1]
    tokens, owners = np.array(phones, np.int32), np.array(owner, np.int32)
    return tokens, owners, build_chain(tokens, owners < 0)


def _by_state(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.repeat(scores, STATES_PER_PHONE, axis=1))
