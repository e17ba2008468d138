"""Words and transcripts to phonemes by dictionary: CMUdict for English, pinyin for Chinese."""

import gzip
import re
from collections.abc import Callable
from functools import lru_cache
from importlib import resources

from voicehub.text.mandarin import (
    is_hanzi,
    mandarin_syllables,
    parse_pinyin,
    read_hanzi,
    syllable_phonemes,
)
from voicehub.text.phonemes import NO_ACCENT, STRESS_OFFSET, Phoneme
from voicehub.text.wordforms import add_s

__all__ = [
    "arpabet_phonemes",
    "dictionary",
    "english_phones",
    "look_up",
    "mandarin_syllables",
    "transcript_phonemes",
    "with_boundary",
]

_PUNCTUATION = {
    ",": "comma", ";": "comma", ":": "comma", "—": "comma", "–": "comma", "(": "comma",
    ")": "comma", "，": "comma", "、": "comma", "；": "comma", "：": "comma", "（": "comma",
    "）": "comma", ".": "period", "。": "period", "…": "period", "?": "question", "？": "question",
    "!": "exclamation", "！": "exclamation",
}  # fmt: skip
_STRENGTH = ("none", "word", "comma", "period", "exclamation", "question")
_ENGLISH_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*'?|'[a-z]+|--|[^\sa-z']")
_APOSTROPHES = str.maketrans("’‘ʼ`", "''''")
_ABBREVIATIONS = frozenset({"mr", "mrs", "ms", "dr", "st", "etc", "jr", "sr", "vs", "messrs"})


@lru_cache(maxsize=1)
def dictionary() -> dict[str, str]:
    """Return CMUdict: lower-case word to ARPAbet; further readings are under ``word(2)`` and so on.

    Source: Carnegie Mellon University Pronouncing Dictionary 0.7b+, licence beside the data.
    """
    packed = resources.files("voicehub.text").joinpath("data/cmudict.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines)


@lru_cache(maxsize=50_000)
def english_phones(word: str) -> tuple[Phoneme, ...] | None:
    """Return the first dictionary reading of an English word, None when it is unknown.

    Vowels carry their stress as accent, consonants none; the last phone has the boundary "word".
    A possessive that the dictionary lacks is made from its stem.
    """
    name = word.lower().translate(_APOSTROPHES)
    arpabet = look_up(name) or look_up(name.strip("'"))
    if arpabet is None and name.endswith("'s"):
        stem = look_up(name[:-2])
        arpabet = stem and add_s(stem)
    return arpabet_phonemes(arpabet) if arpabet else None


def look_up(word: str) -> str | None:
    """Return the ARPAbet of a lower-case word from our own list, else from the dictionary."""
    return modern_words().get(word) or dictionary().get(word)


@lru_cache(maxsize=1)
def modern_words() -> dict[str, str]:
    """Return our own readings of words younger than the dictionary: lower-case word to ARPAbet."""
    text = resources.files("voicehub.text").joinpath("data/english_words.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split(" ", 1) for line in lines)


def arpabet_phonemes(arpabet: str) -> tuple[Phoneme, ...]:
    """Return the phonemes of one word in ARPAbet, stress digits on its vowels."""
    phones = arpabet.split()
    last = len(phones) - 1
    return tuple(
        Phoneme(
            phone.rstrip("012"),
            STRESS_OFFSET + int(phone[-1]) if phone[-1].isdigit() else NO_ACCENT,
            "word" if at == last else "none",
        )
        for at, phone in enumerate(phones)
    )


def with_boundary(phonemes: tuple[Phoneme, ...], boundary: str) -> tuple[Phoneme, ...]:
    """Return the phonemes with another boundary after the last one."""
    last = phonemes[-1]
    return (*phonemes[:-1], Phoneme(last.symbol, last.accent, boundary, last.language))


def transcript_phonemes(
    text: str, language: str, guess: Callable[[str], str] | None = None
) -> tuple[Phoneme, ...] | None:
    """Return the phonemes of a recording's transcript, None where any of it cannot be looked up.

    ``guess`` gives the ARPAbet of English words that the dictionary lacks.

    English ("en"): words in any case, digits are refused. Chinese ("zh"): ideographs, or toned
    pinyin such as ``hao3`` or ``_hm4``. Punctuation becomes boundaries; a transcript that ends
    without any ends as a statement.
    """
    if language == "en":
        units = _english_units(text, guess)
    elif language == "zh":
        units = _mandarin_units(text)
    else:
        return None
    if not units:
        return None
    if units[-1][-1].boundary == "word":
        units[-1] = with_boundary(units[-1], "period")
    return tuple(phoneme for unit in units for phoneme in unit)


def _english_units(
    text: str, guess: Callable[[str], str] | None
) -> list[tuple[Phoneme, ...]] | None:
    units: list[tuple[Phoneme, ...]] = []
    tokens = _ENGLISH_TOKEN.findall(text.lower().translate(_APOSTROPHES))
    for at, token in enumerate(tokens):
        if token.strip("'")[:1].isalpha():
            phonemes = english_phones(token)
            if phonemes is None and guess is not None and (guessed := guess(token)):
                phonemes = arpabet_phonemes(guessed)
            if phonemes is None:
                return None
            units.append(phonemes)
        elif any(map(str.isalnum, token)):
            return None  # a digit, or a letter of another script
        elif token == "." and at + 1 < len(tokens) and tokens[at - 1] in _ABBREVIATIONS:
            continue
        else:
            _mark(units, token)
    return units


def _mandarin_units(text: str) -> list[tuple[Phoneme, ...]] | None:
    spelled = parse_pinyin(text)
    if spelled is not None:
        return [syllable_phonemes(*syllable) for syllable in spelled]
    units: list[tuple[Phoneme, ...]] = []
    run = ""
    for character in "".join(text.split()) + "\n":
        if is_hanzi(character):
            run += character
            continue
        syllables = read_hanzi(run)
        if None in syllables or character.isalnum():
            return None
        units += [syllable_phonemes(*syllable) for syllable in syllables if syllable is not None]
        run = ""
        _mark(units, character)
    return units


def _mark(units: list[tuple[Phoneme, ...]], token: str) -> None:
    """Put a punctuation mark's boundary after the last unit unless a stronger one is there."""
    boundary = _PUNCTUATION.get(token, "comma" if token == "--" else "")
    if units and boundary and _STRENGTH.index(boundary) > _STRENGTH.index(units[-1][-1].boundary):
        units[-1] = with_boundary(units[-1], boundary)
