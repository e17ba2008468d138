"""The text front end: any English, Chinese or mixed text to sentences of phonemes."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from voicehub.errors import TextError
from voicehub.text.english import possessive, word_phonemes
from voicehub.text.mandarin import is_hanzi, mandarin_syllables
from voicehub.text.normalise import OVERRIDE_BASE, TOKEN, OverrideMarks, normalise_sentence
from voicehub.text.overrides import load_overrides, parse_overrides
from voicehub.text.phonemes import Phoneme
from voicehub.text.pronounce import with_boundary
from voicehub.text.split import split_clauses, split_sentences, split_words

__all__ = ["LONGEST_SENTENCE", "Frontend", "Sentence", "load_overrides"]

LONGEST_SENTENCE = 200  # phones; longer sentences come in parts, cut at clauses or between words
_MARKS = {",": "comma", ".": "period", "?": "question", "!": "exclamation"}
_SENTENCE_ENDS = frozenset({"period", "question", "exclamation"})
_SCRIPT_SAMPLE = 10_000  # letters counted to name an unsupported script


@dataclass(frozen=True)
class Sentence:
    """A sentence, or a part of a long one, as written and as phonemes.

    The last phoneme has the boundary "period", "question" or "exclamation"; in a part that others
    of its sentence follow, "comma".
    """

    text: str
    phonemes: tuple[Phoneme, ...]


class Frontend:
    """Turns text into sentences of phonemes."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        """Take readings for single words, in ARPAbet or pinyin: {"VoiceHub": "V OY1 S HH AH2 B"}.

        Raises ``SettingsError`` for a reading that is neither.
        """
        readings = parse_overrides(overrides or {})
        self._readings = list(readings.values())
        numbers = {word: number for number, word in enumerate(readings)}
        self._marks = OverrideMarks(numbers) if numbers else None

    def sentences(self, text: str) -> Iterator[Sentence]:
        """Yield the sentences of a text one by one, so that a book takes no more room than a page.

        Raises ``TextError``, before the first sentence, if nothing in the text can be spoken; what
        cannot be spoken within other text is left out.
        """
        if not text.strip():
            raise TextError("The text is empty; need at least one English or Chinese word.")
        spoken = self._spoken(text)
        first = next(spoken, None)
        if first is None:
            raise TextError(_why_unspeakable(text))
        return chain([first], spoken)

    def _spoken(self, text: str) -> Iterator[Sentence]:
        for sentence in split_sentences(text):
            phonemes = self._phonemes(sentence)
            if len(phonemes) > LONGEST_SENTENCE:
                yield from self._parts(sentence, phonemes[-1].boundary)
            elif phonemes:
                yield Sentence(sentence, _ended(phonemes, "period"))

    def _parts(self, sentence: str, boundary: str) -> Iterator[Sentence]:
        """Yield a long sentence in parts, each as long as may be."""
        pieces: list[Sentence] = []
        for clause in split_clauses(sentence):
            whole = Sentence(clause, self._phonemes(clause) if clause != sentence else ())
            if clause != sentence and len(whole.phonemes) <= LONGEST_SENTENCE:
                pieces.append(whole)
            else:
                pieces += (Sentence(word, self._phonemes(word)) for word in split_words(clause))
        parts = [part for part in self._joined(pieces) if part.phonemes]
        for part in parts[:-1]:
            yield Sentence(part.text, _ended(part.phonemes, "comma"))
        end = boundary if boundary in _SENTENCE_ENDS else "period"
        yield Sentence(parts[-1].text, with_boundary(parts[-1].phonemes, end))

    def _joined(self, pieces: Sequence[Sentence]) -> Iterator[Sentence]:
        """Join pieces while they fit; a piece that does not fit alone stays whole."""
        group: list[Sentence] = []
        length = 0
        for piece in pieces:
            if group and length + len(piece.phonemes) > LONGEST_SENTENCE:
                yield self._join(group)
                group, length = [], 0
            group.append(piece)
            length += len(piece.phonemes)
        yield self._join(group)

    def _join(self, pieces: Sequence[Sentence]) -> Sentence:
        text = "".join(piece.text for piece in pieces)
        phonemes = pieces[0].phonemes if len(pieces) == 1 else self._phonemes(text)
        return Sentence(text.strip(), phonemes)

    def _phonemes(self, sentence: str) -> tuple[Phoneme, ...]:
        """Return the phonemes of a written sentence, () if nothing in it can be spoken."""
        tokens = TOKEN.findall(normalise_sentence(sentence, self._marks))
        english = [token if token[0].isascii() and token not in _MARKS else "" for token in tokens]
        units: list[tuple[Phoneme, ...]] = []
        for at, token in enumerate(tokens):
            if token in _MARKS:
                if units:
                    units[-1] = with_boundary(units[-1], _MARKS[token])
            elif english[at]:
                units.append(word_phonemes(english, at))
            elif is_hanzi(token[0]):
                units += mandarin_syllables(token)
            else:
                units.append(self._overridden(token))
        return tuple(chain.from_iterable(units))

    def _overridden(self, token: str) -> tuple[Phoneme, ...]:
        phonemes = self._readings[ord(token[0]) - OVERRIDE_BASE]
        return possessive(phonemes) if token.endswith("'s") else phonemes


def _ended(phonemes: tuple[Phoneme, ...], boundary: str) -> tuple[Phoneme, ...]:
    """Return the phonemes with a boundary after the last one unless a sentence ends there."""
    if phonemes[-1].boundary in _SENTENCE_ENDS:
        return phonemes
    return with_boundary(phonemes, boundary)


def _why_unspeakable(text: str) -> str:
    scripts: Counter[str] = Counter()
    for character in text:
        if character.isalpha():
            scripts[unicodedata.name(character, "UNKNOWN").split()[0].title()] += 1
            if scripts.total() >= _SCRIPT_SAMPLE:
                break
    need = "need English (Latin letters) or Chinese (Chinese characters)"
    if not scripts:
        return f"Nothing in the text can be spoken, it has no letters or numbers; {need}."
    script = scripts.most_common(1)[0][0]
    return f"The text is in {script} letters, which are not supported; {need}."
