"""Readings of English words that the dictionary has only without an ending, or only in parts.

Further endings and prefixes were tried and left out: on held-out words the letter-to-sound model is
right more often than they are.
"""

from collections.abc import Callable

Lookup = Callable[[str], str | None]  # lower-case word to ARPAbet

_VOICELESS = frozenset({"P", "T", "K", "F", "TH"})
_SIBILANTS = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
_SHORTEST_PART = 4
_FAMILY = ("s", "es", "ed", "ing", "ly", "er", "est")
_NO_PARTS = frozenset({"less", "ring", "ness"})


def derived_reading(word: str, lookup: Lookup) -> str | None:
    """Return the ARPAbet of a possessive, plural or compound of words that ``lookup`` knows."""
    return _with_s(word, lookup) or _compound(word, lookup)


def add_s(arpabet: str) -> str:
    """Return the ARPAbet of a word's plural or possessive, sounded by its last phone."""
    last = arpabet.rsplit(" ", 1)[-1]
    if last in _SIBILANTS:
        return arpabet + " IH0 Z"
    return arpabet + (" S" if last in _VOICELESS else " Z")


def _with_s(word: str, lookup: Lookup) -> str | None:
    if word.endswith("s'"):
        return lookup(word[:-1])
    if word.endswith("'s"):
        stem = lookup(word[:-2])
    elif word.endswith(("ss", "us", "is", "'")) or not word.endswith("s") or len(word) < 4:
        stem = None
    else:
        stem = lookup(word[:-1])
        if stem is None and word.endswith("ies"):
            stem = lookup(word[:-3] + "y")
        if stem is None and word.endswith("es"):
            stem = lookup(word[:-2])
            if stem and stem.rsplit(" ", 1)[-1] not in _SIBILANTS | {"OW0", "OW1", "OW2"}:
                stem = None  # only "boxes" and "heroes" take a whole syllable or a silent e
    return stem and add_s(stem)


def _compound(word: str, lookup: Lookup) -> str | None:
    """Join two common words; the second keeps its main stress as a secondary one.

    Common are words that come with endings: the dictionary is full of surnames, and a name cut
    into words is mostly cut wrong.
    """
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    for cut in sorted(cuts, key=lambda place: abs(2 * place - len(word))):
        parts = (word[:cut], word[cut:])
        readings = [reading for part in parts if (reading := lookup(part))]
        if len(readings) == 2 and all(_is_common(part, lookup) for part in parts):
            return f"{readings[0]} {readings[1].replace('1', '2')}"
    return None


def _is_common(word: str, lookup: Lookup) -> bool:
    if word in _NO_PARTS:
        return False
    bare = word.removesuffix("e")
    return sum(bool(lookup(word + end) or lookup(bare + end)) for end in _FAMILY) >= 3
