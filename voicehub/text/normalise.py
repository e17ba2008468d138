"""Text as written to text as spoken: numbers, dates, abbreviations and signs become words."""

import re
from collections.abc import Mapping

from voicehub.text import abbreviations, addresses, dates, quantities
from voicehub.text.clean import clean
from voicehub.text.mandarin import HANZI
from voicehub.text.rules import Rule, apply, rule
from voicehub.text.split import split_sentences
from voicehub.text.vocabulary import SYMBOLS

OVERRIDE_BASE = 0xF0000  # private characters from here on stand for overridden words
_OVERRIDES = "\U000f0000-\U000ffffd"
TOKEN = re.compile(rf"[A-Za-z]+(?:'[A-Za-z]+)*'?|[{HANZI}]+|[{_OVERRIDES}](?:'s)?|[,.?!]")
_DIGIT = re.compile(r"\d")
_CAPITAL_OR_DOT = re.compile(r"[A-Z.]|\b(?:vs|etc|approx)\b|w/")


def normalise(text: str) -> str:
    """Return any text as spoken English and Chinese words and the marks , . ? !

    English words come in small letters, letters that are spelled as single capitals. What cannot
    be spoken is left out.
    """
    spoken = (normalise_sentence(sentence) for sentence in split_sentences(text))
    return " ".join(sentence for sentence in spoken if sentence)


def normalise_sentence(sentence: str, overrides: "OverrideMarks | None" = None) -> str:
    """Return one sentence as spoken words; overridden words become private characters."""
    text = clean(sentence)
    if overrides is not None:
        text = overrides.mark(text)
    text = apply(addresses.RULES, text) if "." in text or _DIGIT.search(text) else text
    has_digits = _DIGIT.search(text) is not None
    if has_digits:
        text = apply(dates.RULES, text)
        text = apply(quantities.RULES, text)
    if _CAPITAL_OR_DOT.search(text):
        text = apply(abbreviations.RULES, text)
    if has_digits:
        text = apply(quantities.PLAIN_RULES, text)
    return _tokens(apply(_SYMBOL_RULES, text))


class OverrideMarks:
    """Finds overridden words in a sentence and puts one private character in place of each."""

    def __init__(self, words: Mapping[str, int]) -> None:
        """Take lower-case words and their numbers, counted from 0."""
        self._numbers = words
        longest_first = sorted(words, key=len, reverse=True)
        latin = "|".join(re.escape(word) for word in longest_first if word.isascii())
        hanzi = "|".join(re.escape(word) for word in longest_first if not word.isascii())
        parts = [rf"(?<![A-Za-z0-9])(?:{latin})(?![A-Za-z0-9])"] if latin else []
        self._pattern = re.compile("|".join([*parts, *([hanzi] if hanzi else [])]), re.IGNORECASE)

    def mark(self, text: str) -> str:
        """Return the text with its overridden words marked."""
        return self._pattern.sub(lambda m: chr(OVERRIDE_BASE + self._numbers[m[0].lower()]), text)


def _symbol(match: re.Match[str], chinese: bool) -> str:
    return f" {SYMBOLS[match[0]][chinese]} "


def _comma(match: re.Match[str], chinese: bool) -> str:
    return ", "


def _space(match: re.Match[str], chinese: bool) -> str:
    return " "


def _hash(match: re.Match[str], chinese: bool) -> str:
    return " 话题 " if chinese else " hashtag "


_GREEK = "".join(sign for sign in SYMBOLS if "\u0370" <= sign <= "\u03ff")
_SIGNS = re.escape("".join(sign for sign in SYMBOLS if sign not in _GREEK))
_SYMBOL_RULES: tuple[Rule, ...] = (
    rule(rf"#(?=[A-Za-z{HANZI}])", _hash),
    # a Greek letter speaks only when it stands alone, as in a formula
    rule(rf"(?<![\u0370-\u03ff])[{_GREEK}](?![\u0370-\u03ff])", _symbol),
    rule(f"[{_SIGNS}]", _symbol),
    rule(r"\.{2,}(?!\s*$)|[;:()\[\]{}—]|--+|(?<=\s)[-–](?=\s)", _comma),
    rule(r"[-–_/\\|*~^]", _space),
)
_STRENGTH = ",.!?"


def _tokens(text: str) -> str:
    """Keep words and marks: one mark at a time, none in front, spaces around Latin words."""
    out: list[str] = []
    for token in TOKEN.findall(text):
        if token in _STRENGTH:
            if out and out[-1] in _STRENGTH:
                out[-1] = max(out[-1], token, key=_STRENGTH.index)
            elif out:
                out.append(token)
        else:
            out.append(_spelling(token) if token[0].isascii() else token)
    if out and out[-1] == ",":
        out.pop()
    pieces: list[str] = []
    for token in out:
        glued = token in _STRENGTH or _both_hanzi(pieces[-1] if pieces else "", token)
        pieces.append(token if glued or not pieces else " " + token)
    return "".join(pieces)


def _spelling(token: str) -> str:
    """Write a word small, but keep the capital of a lone letter: it is said by its name."""
    word = token.strip("'")
    return word if len(word.removesuffix("'s")) == 1 else word.lower()


def _both_hanzi(before: str, token: str) -> bool:
    return bool(before) and ord(before[-1]) > 0x3000 and ord(token[0]) > 0x3000
