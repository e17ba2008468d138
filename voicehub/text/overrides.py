"""Readings that a user sets for single words, in ARPAbet or pinyin."""

import json
from collections.abc import Mapping
from pathlib import Path

from voicehub.errors import NotFoundError, SettingsError
from voicehub.text.clean import clean
from voicehub.text.mandarin import is_hanzi, parse_pinyin, syllable_phonemes
from voicehub.text.phonemes import ENGLISH_CONSONANTS, ENGLISH_VOWELS, Phoneme
from voicehub.text.pronounce import arpabet_phonemes

_MOST = 10_000  # words
_LONGEST = 60  # characters of a word
_PHONES = frozenset(
    (*ENGLISH_CONSONANTS, *(vowel + stress for vowel in ENGLISH_VOWELS for stress in "012"))
)


def load_overrides(path: Path | str) -> dict[str, str]:
    """Read a JSON file such as ``{"VoiceHub": "V OY1 S HH AH2 B", "重庆": "chong2 qing4"}``.

    Raises ``NotFoundError`` or ``SettingsError``; the readings themselves are checked too.
    """
    try:
        text = Path(path).read_text("utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no override file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The override file {path} cannot be read as UTF-8 text.") from error
    try:
        words = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"The override file {path} is not JSON: {error}.") from error
    if not isinstance(words, dict) or not all(isinstance(v, str) for v in words.values()):
        raise SettingsError(
            f"The override file {path} needs to be one JSON object of words and readings, as in "
            '{"VoiceHub": "V OY1 S HH AH2 B"}.'
        )
    parse_overrides(words)
    return words


def parse_overrides(overrides: Mapping[str, str]) -> dict[str, tuple[Phoneme, ...]]:
    """Return the phonemes of each overridden word, keyed in small letters; checks every entry."""
    if len(overrides) > _MOST:
        raise SettingsError(f"Need at most {_MOST} overrides, got {len(overrides)}.")
    return {_key(word): parse_reading(word, reading) for word, reading in overrides.items()}


def _key(word: str) -> str:
    key = clean(word).lower()
    if not any((c.isascii() and c.isalpha()) or is_hanzi(c) for c in key) or len(key) > _LONGEST:
        raise SettingsError(
            f"An overridden word needs English letters or Chinese characters, {_LONGEST} at most, "
            f"got {word!r}."
        )
    return key


def parse_reading(word: str, reading: str) -> tuple[Phoneme, ...]:
    """Return the phonemes of a reading in ARPAbet with stress digits, or in pinyin with tones."""
    phones = reading.split()
    syllables = parse_pinyin(reading)
    if syllables is not None:
        n_hanzi = sum(map(is_hanzi, word))
        if n_hanzi and n_hanzi != len(syllables):
            raise SettingsError(
                f"{word!r} has {n_hanzi} characters, but its reading {reading!r} has "
                f"{len(syllables)} syllables; need one for each."
            )
        return tuple(p for syllable in syllables for p in syllable_phonemes(*syllable))
    wrong = [phone for phone in phones if phone not in _PHONES]
    if wrong or not phones:
        raise SettingsError(
            f"The reading {reading!r} of {word!r} is neither ARPAbet such as 'HH AH0 L OW1' "
            "(a stress digit 0, 1 or 2 on every vowel, none on consonants) nor pinyin such as "
            f"'ni3 hao3'{'; wrong: ' + ' '.join(wrong[:5]) if wrong else ''}."
        )
    if not any(phone[-1].isdigit() for phone in phones):
        raise SettingsError(f"The reading {reading!r} of {word!r} needs at least one vowel.")
    return arpabet_phonemes(reading)
