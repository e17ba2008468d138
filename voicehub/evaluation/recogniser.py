"""Word error rate by a small offline recogniser.

Its model is weak (some 10 to 60 % of words wrong on natural speech), so a figure for fake speech
says something only beside the same figure for natural speech of the same words.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

import numpy as np

from voicehub.audio.resample import resample
from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError, MissingToolError

_RATE = 16_000  # Hz, what the acoustic model was trained on


@dataclass(frozen=True)
class WordErrors:
    """Substituted, deleted and inserted words of one or more utterances, and the words spoken."""

    errors: int
    words: int

    def __add__(self, other: "WordErrors") -> "WordErrors":
        return WordErrors(self.errors + other.errors, self.words + other.words)

    @property
    def rate(self) -> float:
        """Errors per word spoken; more than 1 when words were inserted beyond it."""
        if self.words == 0:
            raise InputError("a word error rate needs a reference of at least one word, got none")
        return self.errors / self.words


class Recogniser:
    """Holds a decoder of US English, loaded once and used for many calls."""

    def __init__(self) -> None:
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise _missing("pocketsphinx") from error
        self._decoder = Decoder(samprate=_RATE, loglevel="FATAL")

    def transcribe(self, waveform: Waveform) -> str:
        """Return the words heard, in lower case; "" where there are none."""
        samples = resample(waveform.samples, waveform.sample_rate, _RATE)
        if len(samples) == 0:
            return ""
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16).tobytes()
        self._decoder.start_utt()
        try:
            # As one block: fed in parts, cepstral means carry over and the result depends on what
            # was decoded before.
            self._decoder.process_raw(pcm, full_utt=True)
        finally:
            self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""


@lru_cache(maxsize=1)
def default_recogniser() -> Recogniser:
    """Return the shared recogniser, loaded at first use; not for two threads at once."""
    return Recogniser()


def word_error_rate(reference: str, hypothesis: str) -> WordErrors:
    """Count the word errors of ``hypothesis`` after normalising both texts."""
    spoken, heard = normalise_text(reference), normalise_text(hypothesis)
    n_words = len(spoken.split())
    if n_words == 0:
        return WordErrors(len(heard.split()), 0)
    counts = need_jiwer().process_words(spoken, heard)
    return WordErrors(counts.substitutions + counts.deletions + counts.insertions, n_words)


def normalise_text(text: str) -> str:
    """Return lower-case words with single spaces and no punctuation but apostrophes inside words.

    Numbers stay as they are given: write them as words, as they are spoken, for a fair count.
    """
    plain = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
    words = re.sub(r"[^\w']|_", " ", plain).split()
    return " ".join(word for word in (word.strip("'") for word in words) if word)


def need_jiwer() -> ModuleType:
    """Return jiwer, which counts errors; raise ``MissingToolError`` where it is not installed."""
    try:
        import jiwer
    except ImportError as error:
        raise _missing("jiwer") from error
    return jiwer


def _missing(package: str) -> MissingToolError:
    return MissingToolError(
        f"the word error rate needs the package {package}: pip install 'voicehub[evaluate]'"
    )
