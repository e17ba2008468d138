"""Reading of abbreviations, acronyms, Roman numerals and names in mixed case."""

import re

from voicehub.text.mandarin import HANZI
from voicehub.text.numbers import cardinal_en, ordinal_en
from voicehub.text.pronounce import look_up
from voicehub.text.rules import Rule, rule
from voicehub.text.vocabulary import (
    ABBREVIATIONS,
    BARE_ABBREVIATIONS,
    COMMON_SHORT,
    LETTERED,
    NUMBERED,
    ROYAL_NAMES,
    TITLES,
    WORD_ACRONYMS,
)

_ROMAN_VALUES = (
    ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1),
)  # fmt: skip
_SPELLED = 5  # letters; capitals up to so many that no dictionary has are spelled


def _keys(table: dict[str, str]) -> str:
    return "|".join(re.escape(key) for key in sorted(table, key=len, reverse=True))


def _title(match: re.Match[str], chinese: bool) -> str:
    return TITLES[match["title"].lower()] + " "


def _saint_or_street(match: re.Match[str], chinese: bool) -> str:
    """Read St. before a name as saint, after a name as street."""
    before, after = match["before"] or "", match["after"] or ""
    if after and not before:
        return f"saint {after}"
    ends = match["stop"] and match.end() == len(match.string)
    return f"{before}street{' ' + after if after else ' '}{'.' if ends else ''}"


def _abbreviation(match: re.Match[str], chinese: bool) -> str:
    spoken = ABBREVIATIONS[match["name"].lower()]
    ends = not match.string[match.end() :].strip("\"') ")
    return spoken + ("." if ends else "")


def _page(match: re.Match[str], chinese: bool) -> str:
    return "page " if match["page"] == "p" else "pages "


def _bare(match: re.Match[str], chinese: bool) -> str:
    return BARE_ABBREVIATIONS[match[0].lower()]


def _with(match: re.Match[str], chinese: bool) -> str:
    return "without" if match[0][2:3] in ("o", "O") else "with"


def _dotted(match: re.Match[str], chinese: bool) -> str:
    """Spell "U.S." and initials; the last dot stays where it ends the sentence."""
    ends = not match.string[match.end() :].strip("\"') ") and len(match[0]) > 2
    return " ".join(match[0].replace(".", "").upper()) + ("." if ends else "")


def roman_value(numeral: str) -> int:
    """Return the value of a Roman numeral up to 39, 0 for anything else."""
    if not re.fullmatch(r"X{0,3}(?:IX|IV|V?I{0,3})", numeral):
        return 0
    rest, value = numeral, 0
    for sign, worth in _ROMAN_VALUES:
        while rest.startswith(sign):
            rest, value = rest[len(sign) :], value + worth
    return value


def _roman(match: re.Match[str], chinese: bool) -> str:
    """Read "Chapter IV" as a number and "Henry VIII" as a rank."""
    value = roman_value(match["numeral"])
    name = match["name"].lower()
    if not value:
        return match[0]
    if name in NUMBERED:
        return f"{match['name']} {cardinal_en(str(value))}"
    after = match.string[match.end() : match.end() + 5]
    alone = match["numeral"] == "I" and not re.match(r"[,.;:)]|$| (?:of|was|and)\b", after)
    if name not in ROYAL_NAMES or alone:
        return match[0]
    return f"{match['name']} the {ordinal_en(str(value))}"


def _article(match: re.Match[str], chinese: bool) -> str:
    """Write the article "A" small, so that a capital A is the letter's name."""
    before = match["before"] or ""
    return match[0] if before.strip().lower() in LETTERED else f"{before}a{match['space']}"


def _capitals(match: re.Match[str], chinese: bool) -> str:
    word, ending = match["word"], match["ending"] or ""
    low = word.lower()
    if word in WORD_ACRONYMS or _is_shouted(match):
        return low + ending
    ending = "'s" if ending else ""
    if len(word) > _SPELLED and re.search("[AEIOUY]", word):
        return low + ending
    return " ".join(word) + ending


def _is_shouted(match: re.Match[str]) -> bool:
    """Tell a word in capitals from letters to spell."""
    low = match["word"].lower()
    if len(low) > 3:
        return look_up(low) is not None
    return low in COMMON_SHORT and _in_capitals(match.string)


def _in_capitals(text: str) -> bool:
    """Tell whether a text is written in capitals altogether."""
    return sum(map(str.islower, text)) * 10 < sum(map(str.isupper, text))


def _mixed_case(match: re.Match[str], chinese: bool) -> str:
    """Cut "VoiceHub" at its capitals unless the whole is a known word."""
    if look_up(match[0].lower()):
        return match[0].lower()
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", match[0])


RULES: tuple[Rule, ...] = (
    rule(rf"\b(?P<title>{_keys(TITLES)})\. ?(?=[A-Z{HANZI}])", _title, re.IGNORECASE),
    rule(r"\b(?P<title>Dr|Mr|Mrs|Ms|Prof) (?=[A-Z])", _title),
    rule(r"(?P<before>\b[A-Z\d]\w* )?\bSt(?P<stop>\.)? ?(?:(?<=[. ])(?P<after>[A-Z][a-z]+))?(?!\w)",
         _saint_or_street),
    rule(r"\b(?P<page>pp?)\. ?(?=\d)", _page),
    rule(rf"(?<![\w.])(?P<name>{_keys(ABBREVIATIONS)})\.(?!\w)", _abbreviation, re.IGNORECASE),
    rule(rf"\b(?:{_keys(BARE_ABBREVIATIONS)})\b", _bare),
    rule(r"(?<!\w)w/o?(?= )", _with),
    rule(r"(?<![\w.])(?:[A-Za-z]\.){2,}(?!\w)|(?<![\w.'])(?:[A-Z]\.){1,}(?= ?[A-Z])", _dotted),
    rule(r"\b(?P<name>[A-Z][a-z]+) (?P<numeral>[IVX]+)\b(?!')", _roman),
    rule(r"(?P<before>[A-Za-z]+ )?(?<!\w)A(?P<space> )(?=['\"]?(?:[A-Za-z]{2}|\d))", _article),
    rule(r"\b[A-Za-z]*[a-z][A-Z][A-Za-z]*\b|\b[A-Z]{2,}[a-z]{2,}\b", _mixed_case),
    rule(r"(?<![A-Za-z])(?P<word>[A-Z]{2,})(?P<ending>'?s)?(?![A-Za-z])", _capitals),
)  # fmt: skip
