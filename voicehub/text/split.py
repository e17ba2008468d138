"""Running text to sentences, and sentences to clauses, lazily and without cutting a word."""

import re
from collections.abc import Iterator
from itertools import pairwise

from voicehub.text.clean import LONGEST_RUN, LONGEST_WORD
from voicehub.text.mandarin import HANZI, hanzi_words
from voicehub.text.vocabulary import words

LONGEST = 600  # characters; a sentence without an end is cut at a clause or word within so many

_END = re.compile(
    rf"""(?P<stop>(?<![.!?])[.!?]+["'”’»)\]]*)(?=\s)      # hello. Next
    | [。｡！？]+["'”’」』）)]*
    | (?<=[{HANZI}])[.!?]+["'”’」』）)]*(?=[{HANZI}])
    | (?P<line>\s*\n\s*)""",
    re.VERBOSE,
)
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z.']*)\.$")
_NEVER_LAST = words(
    "dr mr mrs ms prof st rev hon gen col sgt capt lt cpl gov sen rep pres vs mt "
    "ft e.g i.e cf al approx dept est jan feb mar apr jun jul aug sep sept oct nov dec ph.d "
    "u.s u.k a.d messrs mme mlle"
)
_BEFORE_NUMBER = frozenset({"no", "nos", "pp", "p", "fig", "vol"})
_SHORT_LINE = 60  # characters; a shorter line was ended on purpose, not wrapped
_CLAUSE = re.compile(r"(?:[,;:](?=\s)|[，、；：—…]|--+|\s[-–]\s)\s*")
_BREAK = re.compile(
    rf"\s+|(?<=[{HANZI}])(?=[{HANZI}])|\d{{{LONGEST_RUN}}}(?=\d)|[A-Za-z]{{{LONGEST_WORD}}}(?=[A-Za-z])"
    r"|\S{40,}?(?=[^\w\s])"  # rows of signs and letters that no space divides
)
_HANZI_RUN = re.compile(f"([{HANZI}]+)")
_HANZI_PIECE = 8  # ideographs; unpunctuated Chinese is cut at word edges about so far apart


def split_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text in order, stripped; no visible character is lost."""
    start = 0
    while start < len(text):
        end = _sentence_end(text, start)
        sentence = text[start:end].strip()
        if sentence:
            yield sentence
        start = end


def split_clauses(sentence: str) -> list[str]:
    """Return the parts of a sentence between commas and the like; they join up to the whole."""
    return _cut(sentence, _CLAUSE)


def split_words(clause: str) -> list[str]:
    """Return the parts between which a clause may be cut in need; they join up to the whole."""
    pieces: list[str] = []
    for at, part in enumerate(_HANZI_RUN.split(clause)):
        pieces += _hanzi_pieces(part) if at % 2 else _cut(part, _BREAK)
    return pieces


def _hanzi_pieces(run: str) -> Iterator[str]:
    piece = ""
    for word in hanzi_words(run):
        piece += word
        if len(piece) >= _HANZI_PIECE:
            yield piece
            piece = ""
    if piece:
        yield piece


def _cut(text: str, mark: re.Pattern[str]) -> list[str]:
    """Cut a text after each match."""
    edges = [0, *(m.end() for m in mark.finditer(text) if 0 < m.end() < len(text)), len(text)]
    return [text[a:b] for a, b in pairwise(edges) if a < b]


def _sentence_end(text: str, start: int) -> int:
    limit = min(start + LONGEST, len(text))
    at = start
    while match := _END.search(text, at, min(limit + 1, len(text))):
        if match["line"] is not None:
            if _ends_line(text, start, match):
                return match.end()
        elif match["stop"] is None or _ends_sentence(text, start, match):
            return match.end()
        at = match.end()
    if limit == len(text):
        return limit
    for mark in (_CLAUSE, _BREAK):
        ends = [m.end() for m in mark.finditer(text, start, limit) if m.end() > start + 1]
        if ends and ends[-1] > start + LONGEST // 2:
            return ends[-1]
    return limit


def _ends_line(text: str, start: int, match: re.Match[str]) -> bool:
    """Tell a deliberate line end from a wrapped line."""
    if match["line"].count("\n") > 1:
        return True
    line = text[max(start, text.rfind("\n", start, match.start()) + 1) : match.start()]
    following = text[match.end() : match.end() + 1]
    return len(line) < _SHORT_LINE and not following.islower()


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    """Tell a full stop from the dot of an abbreviation or initial."""
    if not match["stop"].startswith(".") or match["stop"].startswith(".."):
        return not _next_letter(text, match.end()).islower() or "?" in match["stop"]
    following = _next_letter(text, match.end())
    if following.islower():
        return False
    word = _LAST_WORD.search(text, max(start, match.start() - 20), match.start() + 1)
    if word is None:
        return True
    name = word[1].lower()
    if name in _BEFORE_NUMBER:
        return not following.isdigit()
    return name not in _NEVER_LAST and not (len(name) == 1 and name != "i")


def _next_letter(text: str, at: int) -> str:
    for character in text[at : at + 10]:
        if character.isalnum():
            return character
    return ""
