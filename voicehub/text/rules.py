"""Rewriting rules of the normaliser: a pattern, a reading, and the language around the match."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from voicehub.text.mandarin import HANZI

Reading = Callable[[re.Match[str], bool], str]  # match, whether the context is Chinese -> words

NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,8}(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\d\w])\.\d+)"
_REACH = 40  # characters around a match in which its language is looked for
_LETTER = re.compile(rf"[A-Za-z{HANZI}]")
_HANZI = re.compile(f"[{HANZI}]")
_WORD = re.compile("[A-Za-z]+")


@dataclass(frozen=True)
class Rule:
    """Everything a pattern matches is replaced by its reading; returning the match declines it."""

    pattern: re.Pattern[str]
    read: Reading


def rule(pattern: str, read: Reading, flags: int = 0) -> Rule:
    """Build a rule from the pattern's text, in which \\w, \\d and \\b know ASCII alone.

    Otherwise no word edge would stand between an ideograph and a digit.
    """
    return Rule(re.compile(pattern, flags | re.ASCII), read)


def apply(rules: Iterable[Rule], text: str) -> str:
    """Apply each rule to the whole text, in order."""
    for each in rules:
        text = _apply(each, text)
    return text


def _apply(each: Rule, text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        return each.read(match, is_chinese(text, match.start(), match.end()))

    return each.pattern.sub(replace, text)


def is_chinese(text: str, start: int, end: int) -> bool:
    """Tell whether a number or sign between two places is to be read in Chinese.

    It is when the nearest letter on either side is an ideograph; with letters on one side only,
    when the text has more ideographs than Latin words.
    """
    if text.isascii():
        return False
    before = _LETTER.search(text[max(0, start - _REACH) : start][::-1])
    after = _LETTER.search(text, end, end + _REACH)
    if (before and not before[0].isascii()) or (after and not after[0].isascii()):
        return True
    if before and after:
        return False
    return len(_HANZI.findall(text)) > len(_WORD.findall(text))
