"""The one phoneme inventory that English and Mandarin share, and the value types that carry it.

English uses the 39 ARPAbet phones of CMUdict. Mandarin syllables are written with the same phones
where the sounds are close (``ai`` is AY, ``ang`` is AA NG) plus thirteen of its own, so that a speaker
who was only ever heard in one language can be made to speak the other.
"""

from dataclasses import dataclass

SILENCE = "SIL"

ENGLISH_VOWELS = (
    "AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW",
)  # fmt: skip
ENGLISH_CONSONANTS = (
    "B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "L", "M", "N", "NG", "P", "R", "S", "SH", "T",
    "TH", "V", "W", "Y", "Z", "ZH",
)  # fmt: skip
# J Q X: pinyin j q x; ZHR CHR SHR RR: zh ch sh r; DZ TS: z c; IR IZ: the vowels of "shi" and "si";
# EE: pinyin e; YU: pinyin ü.
MANDARIN_CONSONANTS = ("J", "Q", "X", "ZHR", "CHR", "SHR", "RR", "DZ", "TS")
MANDARIN_VOWELS = ("EE", "IR", "IZ", "YU")

PHONES = (
    SILENCE,
    *ENGLISH_VOWELS,
    *ENGLISH_CONSONANTS,
    *MANDARIN_CONSONANTS,
    *MANDARIN_VOWELS,
)
PHONE_INDEX = {phone: index for index, phone in enumerate(PHONES)}
VOWELS = frozenset(ENGLISH_VOWELS + MANDARIN_VOWELS)

# Accent of a phone: 0 none, 1-5 Mandarin tone (5 = neutral), 6-8 English stress (none, primary, secondary).
NO_ACCENT = 0
STRESS_OFFSET = 6
ACCENT_COUNT = 9

# What follows a phone: nothing, a word edge, or punctuation.
BOUNDARIES = ("none", "word", "comma", "period", "question", "exclamation")
BOUNDARY_INDEX = {name: index for index, name in enumerate(BOUNDARIES)}
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Phoneme:
    """One phone of an utterance with its accent, the boundary after it, and its language."""

    symbol: str
    accent: int = NO_ACCENT
    boundary: str = "none"
    language: str = "en"

    def __post_init__(self) -> None:
        if self.symbol not in PHONE_INDEX:
            raise ValueError(f"unknown phone {self.symbol!r}; known: {' '.join(PHONES)}")
        if not 0 <= self.accent < ACCENT_COUNT:
            raise ValueError(f"need 0 <= accent < {ACCENT_COUNT}, got {self.accent}")
        if self.boundary not in BOUNDARY_INDEX:
            raise ValueError(f"unknown boundary {self.boundary!r}; known: {' '.join(BOUNDARIES)}")
        if self.language not in LANGUAGES:
            raise ValueError(f"unknown language {self.language!r}; known: {' '.join(LANGUAGES)}")


_INITIALS = {
    "b": "B", "p": "P", "m": "M", "f": "F", "d": "D", "t": "T", "n": "N", "l": "L", "g": "G", "k": "K",
    "h": "HH", "j": "J", "q": "Q", "x": "X", "zh": "ZHR", "ch": "CHR", "sh": "SHR", "r": "RR",
    "z": "DZ", "c": "TS", "s": "S",
}  # fmt: skip
_FINALS = {
    "a": "AA", "o": "AO", "e": "EE", "ai": "AY", "ei": "EY", "ao": "AW", "ou": "OW", "an": "AA N",
    "en": "AH N", "ang": "AA NG", "eng": "AH NG", "ong": "UH NG", "er": "ER", "i": "IY", "ia": "Y AA",
    "ie": "Y EH", "iao": "Y AW", "iou": "Y OW", "iu": "Y OW", "ian": "Y EH N", "in": "IY N",
    "iang": "Y AA NG", "ing": "IY NG", "iong": "Y UH NG", "io": "Y AO", "u": "UW", "ua": "W AA",
    "uo": "W AO", "uai": "W AY", "uei": "W EY", "ui": "W EY", "uan": "W AA N", "uen": "W AH N",
    "un": "W AH N", "uang": "W AA NG", "ueng": "W AH NG", "v": "YU", "ve": "YU EH", "van": "YU EH N",
    "vn": "YU N", "ê": "EH", "m": "M", "n": "N", "ng": "NG",
}  # fmt: skip


def mandarin_phones(initial: str, final: str) -> tuple[str, ...]:
    """Return the phones of a syllable given in strict pinyin (``v`` for ü, no y or w).

    Raises ``KeyError`` for a syllable that Mandarin does not have.
    """
    if final == "i" and initial in ("zh", "ch", "sh", "r"):
        return (_INITIALS[initial], "IR")
    if final == "i" and initial in ("z", "c", "s"):
        return (_INITIALS[initial], "IZ")
    head = (_INITIALS[initial],) if initial else ()
    return head + tuple(_FINALS[final].split())
