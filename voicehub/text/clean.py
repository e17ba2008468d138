"""Unicode text to plain letters, digits and marks: widths, quotes, dashes, accents, ligatures."""

import re
import unicodedata

_REPLACEMENTS = {
    "½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4", "⅕": " 1/5", "⅖": " 2/5",
    "⅗": " 3/5", "⅘": " 4/5", "⅙": " 1/6", "⅚": " 5/6", "⅛": " 1/8", "⅜": " 3/8", "⅝": " 5/8",
    "⅞": " 7/8", "²": "^2", "³": "^3", "㎡": "m^2", "㎥": "m^3", "№": "No. ", "™": "", "®": "",
    "©": "",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'", "“": '"', "”": '"', "„": '"',
    "«": '"', "»": '"', "″": '"', "「": '"', "」": '"', "『": '"', "』": '"', "《": '"', "》": '"',
    "−": "-", "‐": "-", "‑": "-", "‒": "–", "―": "—", "－": "-", "～": "~", "〜": "~",
    "，": ", ", "、": ", ", "；": "; ", "。": ". ", "｡": ". ", "！": "! ", "？": "? ", "…": "...",
    "·": " ", "•": ", ", "‧": " ", "・": " ", "\u00ad": "", "\u200b": "", "\ufeff": "",
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "th", "þ": "th", "ı": "i",
}  # fmt: skip
_TABLE = str.maketrans(_REPLACEMENTS)
LONGEST_RUN = 24  # digits
LONGEST_WORD = 64  # Latin letters
# Endless rows are broken up, so that no rule has to look through one from each of its places.
_ENDLESS = re.compile(
    rf"(\d{{{LONGEST_RUN}}})(?=\d)|([A-Za-z]{{{LONGEST_WORD}}})(?=[A-Za-z])|([^\w\s]{{8}})[^\w\s]+"
)
_SPACES = re.compile(r"\s+")
# Private characters stand for pronunciation overrides, so none may come in from outside.
_UNWANTED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


def clean(text: str) -> str:
    """Return the text in one spelling, with ASCII for Latin letters, digits and marks."""
    if text.isascii():
        plain = text
    else:
        plain = unicodedata.normalize("NFKC", text.translate(_TABLE)).translate(_TABLE)
        plain = "".join(_bare(character) for character in unicodedata.normalize("NFD", plain))
        plain = unicodedata.normalize("NFC", plain)
    if not plain.isprintable():
        plain = "".join(
            " " if c.isspace() else c
            for c in plain
            if c.isspace() or unicodedata.category(c) not in _UNWANTED
        )
    return _SPACES.sub(" ", _ENDLESS.sub(r"\1\2\3 ", plain)).strip()


def _bare(character: str) -> str:
    """Drop accents and write any script's digits with 0-9."""
    if character.isascii():
        return character
    if unicodedata.category(character) == "Mn":
        return ""
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
