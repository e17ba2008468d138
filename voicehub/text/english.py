"""The phonemes of English words in a sentence: dictionary, word parts, or spelling."""

import re
from collections.abc import Sequence
from functools import lru_cache

from voicehub.text.homographs import homograph
from voicehub.text.letters import guess_phones
from voicehub.text.phonemes import VOWELS, Phoneme
from voicehub.text.pronounce import arpabet_phonemes, dictionary, look_up, with_boundary
from voicehub.text.wordforms import add_s, derived_reading

_STRETCHED = re.compile(r"(.)\1{2,}")
_VOWEL_LETTER = re.compile("[aeiouy]")
_LONGEST_SPELLED = 6  # letters; longer rows of consonants are left to the model


def word_phonemes(words: Sequence[str], at: int) -> tuple[Phoneme, ...]:
    """Return the phonemes of one of the words of a sentence, whose neighbours may decide it.

    Words are in small letters; a single capital is read as the letter's name. Neighbours that are
    no English words are "".
    """
    word = words[at]
    before = words[at - 1].lower() if at else ""
    after = words[at + 1].lower() if at + 1 < len(words) else ""
    if word == "the" and after and _begins_with_vowel(words[at + 1]):
        return arpabet_phonemes("DH IY0")
    chosen = homograph(word, before, after)
    return arpabet_phonemes(chosen) if chosen else _reading(word)


def _begins_with_vowel(word: str) -> bool:
    return _reading(word)[0].symbol in VOWELS


@lru_cache(maxsize=50_000)
def _reading(word: str) -> tuple[Phoneme, ...]:
    return arpabet_phonemes(word_arpabet(word))


def word_arpabet(word: str) -> str:
    """Return the ARPAbet of any word of letters and apostrophes, known or not."""
    stem = word.removesuffix("'s")
    if len(stem) == 1 and stem != "a":
        return letter_name(stem) if stem == word else add_s(letter_name(stem))
    known = look_up(word) or derived_reading(word, look_up)
    if known:
        return known
    once = _STRETCHED.sub(r"\1", word)
    if once != word:  # "sooooo"
        return look_up(once) or word_arpabet(_STRETCHED.sub(r"\1\1", word))
    if len(word) <= _LONGEST_SPELLED and not _VOWEL_LETTER.search(word):
        return _spelled(word)
    guess = guess_phones(stem) or _spelled(stem)
    return guess if stem == word else add_s(guess)


def _spelled(word: str) -> str:
    return " ".join(letter_name(letter) for letter in word if letter.isalpha())


def possessive(phonemes: tuple[Phoneme, ...]) -> tuple[Phoneme, ...]:
    """Return a word's phonemes with the ending of its possessive."""
    ending = arpabet_phonemes(add_s(phonemes[-1].symbol))[1:]
    return (*with_boundary(phonemes, "none"), *ending)


def letter_name(letter: str) -> str:
    """Return the ARPAbet of a letter's name."""
    known = dictionary()
    return known.get(f"{letter.lower()}.") or known[letter.lower()]
