"""Chinese characters and written pinyin to Mandarin syllables, tone sandhi included."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from itertools import accumulate, pairwise

from voicehub.text.phonemes import Phoneme, mandarin_phones

HANZI = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ebef\U00030000-\U0003134f"
_HANZI_RUN = re.compile(f"[{HANZI}]+")
_SYLLABLE = re.compile(r"_?((?:[a-zü]|ê)+)([1-5])")
_INITIAL = re.compile(r"zh|ch|sh|[bpmfdtnlgkhjqxrzcs]")
_DIGITS = "零〇一二三四五六七八九"

Syllable = tuple[str, int]  # pinyin without tone (ü as v), tone 1-5


def is_hanzi(character: str) -> bool:
    """Tell whether a character is a Chinese ideograph."""
    return _HANZI_RUN.fullmatch(character) is not None


def mandarin_syllables(hanzi: str) -> list[tuple[Phoneme, ...]]:
    """Return the phonemes of each syllable of a Chinese text, sandhi applied.

    Everything but ideographs is skipped and ends the reach of sandhi, as do ideographs that have
    no known reading. The last phone of every syllable carries the boundary "word": Chinese writing
    does not show where words end.
    """
    return [
        syllable_phonemes(*syllable)
        for run in _HANZI_RUN.finditer(hanzi)
        for syllable in read_hanzi(run.group())
        if syllable is not None
    ]


@lru_cache(maxsize=4000)
def syllable_phonemes(pinyin: str, tone: int) -> tuple[Phoneme, ...]:
    """Return the phonemes of one pinyin syllable; raises ``KeyError`` if Mandarin has no such one.

    The tone sits on every phone of the final, none on the initial.
    """
    initial, final = _strict(pinyin)
    phones = mandarin_phones(initial, final)
    head = 1 if initial else 0
    last = len(phones) - 1
    return tuple(
        Phoneme(phone, 0 if at < head else tone, "word" if at == last else "none", "zh")
        for at, phone in enumerate(phones)
    )


def parse_pinyin(text: str) -> list[Syllable] | None:
    """Split toned pinyin such as ``ni3hao3`` or ``_hm4``; None when the text is anything else."""
    bare = re.sub(r"[\s'’]+", "", text.lower().replace("u:", "v"))
    if not bare or _SYLLABLE.sub("", bare):
        return None
    syllables = [(name.replace("ü", "v"), int(tone)) for name, tone in _SYLLABLE.findall(bare)]
    for name, tone in syllables:
        try:
            syllable_phonemes(name, tone)
        except KeyError:
            return None
    return syllables


def _strict(pinyin: str) -> tuple[str, str]:
    """Split written pinyin into strict initial and final: ``yan`` is ("", "ian")."""
    if pinyin == "r":  # the suffix of erhua, when it is written apart
        return "", "er"
    if pinyin[0] == "y":
        rest = pinyin[1:]
        if rest[:1] in ("u", "v"):
            return "", "v" + rest[1:]
        return "", rest if rest[:1] == "i" else {"ou": "iou"}.get(rest, "i" + rest)
    if pinyin[0] == "w":
        rest = pinyin[1:]
        return "", rest if rest == "u" else {"ei": "uei", "en": "uen"}.get(rest, "u" + rest)
    match = _INITIAL.match(pinyin)
    if match is None or match.end() == len(pinyin):
        return "", pinyin
    if pinyin in ("ng",):
        return "", pinyin
    initial, final = match.group(), pinyin[match.end() :]
    if initial in ("j", "q", "x") and final[0] == "u":
        final = "v" + final[1:]
    if initial in ("n", "l") and final == "ue":
        final = "ve"
    return initial, final


def read_hanzi(hanzi: str) -> list[Syllable | None]:
    """Return one syllable per ideograph of an unbroken run, None where no reading is known."""
    words = list(hanzi_words(hanzi))
    syllables = [syllable for word in words for syllable in _read_word(word)]
    _apply_yi_and_bu(hanzi, words, syllables)
    _apply_third_tone(words, syllables)
    return syllables


def hanzi_words(hanzi: str) -> Iterator[str]:
    """Yield the words of an unbroken run: our own list first, then pypinyin's phrase tables."""
    from pypinyin.seg.mmseg import seg  # imported late: the tables take 0.2 s

    start = at = 0
    while at < len(hanzi):
        length = _own_word(hanzi, at)
        if length:
            yield from seg.cut(hanzi[start:at]) if start < at else ()
            yield hanzi[at : at + length]
            start = at + length
        at += length or 1
    yield from seg.cut(hanzi[start:]) if start < len(hanzi) else ()


def _own_word(hanzi: str, at: int) -> int:
    """Return the length of the longest word of our list that begins at a place, 0 for none."""
    for length in _lengths().get(hanzi[at], ()):
        if hanzi[at : at + length] in _lexicon() and at + length <= len(hanzi):
            return length
    return 0


@lru_cache(maxsize=20_000)
def _read_word(word: str) -> tuple[Syllable | None, ...]:
    from pypinyin import Style, lazy_pinyin

    known = _lexicon().get(word)
    if known is not None:
        return known
    written = lazy_pinyin(
        [word],
        style=Style.TONE3,
        neutral_tone_with_five=True,
        errors="ignore",
    )
    readings = [parse_pinyin(item) for item in written]
    if len(readings) != len(word):  # a character without a known reading was passed over
        return tuple(_read_word(character)[0] for character in word) if len(word) > 1 else (None,)
    return tuple(reading[0] if reading else None for reading in readings)


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, tuple[Syllable | None, ...]]:
    """Return our own readings, mostly neutral tones that pypinyin lacks."""
    text = resources.files("voicehub.text").joinpath("data/mandarin_words.txt").read_text("utf-8")
    table: dict[str, tuple[Syllable | None, ...]] = {}
    for line in text.splitlines():
        word, _, pinyin = line.partition(" ")
        if word and not word.startswith("#"):
            table[word] = tuple(parse_pinyin(pinyin) or ())
    return table


@lru_cache(maxsize=1)
def _lengths() -> dict[str, tuple[int, ...]]:
    """Return the lengths of our words by first character, longest first."""
    table: dict[str, set[int]] = {}
    for word in _lexicon():
        table.setdefault(word[0], set()).add(len(word))
    return {first: tuple(sorted(lengths, reverse=True)) for first, lengths in table.items()}


def _apply_yi_and_bu(hanzi: str, words: list[str], syllables: list[Syllable | None]) -> None:
    """Give 一 and 不 their tones before other syllables (Chao 1968, section 1.3.4)."""
    ends_word = set()
    at = 0
    for word in words:
        at += len(word)
        if len(word) > 1:
            ends_word.add(at - 1)
    for at, character in enumerate(hanzi):
        if character not in "一不" or syllables[at] is None:
            continue
        before = hanzi[at - 1] if at else ""
        after = hanzi[at + 1] if at + 1 < len(hanzi) else ""
        following = syllables[at + 1] if after else None
        falling = following is not None and (following[1] == 4 or after == "个")
        if character == "不":
            if syllables[at] == ("bu", 4) and falling:
                syllables[at] = ("bu", 2)
        elif before and before == after:
            syllables[at] = ("yi", 5)  # 看一看
        elif (
            following is None
            or before == "第"
            or at in ends_word
            or (before and before in _DIGITS + "十初期周")
            or after in _DIGITS + "十点月日号楼班"
        ):
            syllables[at] = ("yi", 1)  # counted or named, not "a": 第一, 十一, 一月
        else:
            syllables[at] = ("yi", 2 if falling else 4)


def _apply_third_tone(words: list[str], syllables: list[Syllable | None]) -> None:
    """Raise third tones before third tones, foot by foot (Shih 1986).

    Two in a row always change; longer rows are cut into feet: a word is one, lone syllables pair
    up from the left and an odd one joins the foot before it, or stands when a longer word follows.
    """
    edges = set(accumulate(map(len, words)))
    start = 0
    tones = [syllable[1] if syllable else 0 for syllable in syllables]
    while start < len(tones):
        end = start
        while end < len(tones) and tones[end] == 3:
            end += 1
        for first, last in _feet(start, end, edges):
            for place in range(first, last - 1):
                syllable = syllables[place]
                assert syllable is not None
                syllables[place] = (syllable[0], 2)
        start = max(end, start + 1)


def _feet(start: int, end: int, edges: set[int]) -> list[tuple[int, int]]:
    """Cut the third tones in [start, end) into feet, given where words end."""
    if end - start < 3:
        return [(start, end)]
    cuts = [start, *(edge for edge in range(start + 1, end) if edge in edges), end]
    pieces = list(pairwise(cuts))
    feet: list[tuple[int, int]] = []
    at = 0
    while at < len(pieces):
        first, last = pieces[at]
        if last - first > 1:
            feet.append((first, last))
            at += 1
        elif at + 1 < len(pieces) and pieces[at + 1][1] - pieces[at + 1][0] == 1:
            feet.append((first, pieces[at + 1][1]))
            at += 2
        elif at + 1 == len(pieces) and feet:
            feet[-1] = (feet[-1][0], last)
            at += 1
        else:
            feet.append((first, last))
            at += 1
    return feet
