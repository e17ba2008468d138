"""Reading of dates and times of day."""

import re

from voicehub.text.numbers import (
    cardinal_en,
    cardinal_zh,
    digits_zh,
    ordinal_en,
    pair_en,
    plural_en,
    year_en,
)
from voicehub.text.rules import rule
from voicehub.text.vocabulary import MONTHS

_MONTH = "(?P<month>" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTHS) + "|sept)"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
_YEAR = r"(?P<year>[12]\d{3})"
_ALONE = r"(?<![\w./:-])"
_END = r"(?![\w/:-]|[.,]\d)"


def _spoken_date(year: str, month: int, day: str, chinese: bool) -> str:
    if chinese:
        spoken_year = f"{digits_zh(year)}年" if year else ""
        return f"{spoken_year}{cardinal_zh(str(month))}月{cardinal_zh(day)}日"
    spoken = f"{MONTHS[month - 1]} {ordinal_en(day)}"
    return f"{spoken}, {year_en(year)}" if year else spoken


def _numeric(match: re.Match[str], chinese: bool) -> str:
    month = int(match["month"])
    return _spoken_date(match["year"], month, match["day"], chinese)


def _slashed(match: re.Match[str], chinese: bool) -> str:
    """Read month first, as in the United States, unless only the other order is a date."""
    first, second, year = match["first"], match["second"], match["year"]
    if int(first) > 12:
        first, second = second, first
    if int(first) > 12 or not 1 <= int(second) <= 31 or not int(first):
        return match[0]
    if len(year) == 2:
        year = ("19" if int(year) > 50 else "20") + year
    return _spoken_date(year, int(first), second, chinese)


_ALSO_WORDS = ("may", "march")  # "only 5 may enter"


def _month(match: re.Match[str]) -> str:
    start = match["month"][:3].lower()
    return next(month for month in MONTHS if month.startswith(start))


def _month_first(match: re.Match[str], chinese: bool) -> str:
    if match["month"] in _ALSO_WORDS:
        return match[0]
    return _named(match, f"{_month(match)} {ordinal_en(match['day'])}")


def _day_first(match: re.Match[str], chinese: bool) -> str:
    if match["month"] in _ALSO_WORDS:
        return match[0]
    return _named(match, f"the {ordinal_en(match['day'])} of {_month(match)}")


def _named(match: re.Match[str], spoken: str) -> str:
    return f"{spoken}, {year_en(match['year'])}" if match["year"] else spoken


def _month_and_year(match: re.Match[str], chinese: bool) -> str:
    return f"{_month(match)} {year_en(match['year'])}"


def _month_only(match: re.Match[str], chinese: bool) -> str:
    return _month(match)


def _month_and_day(match: re.Match[str], chinese: bool) -> str:
    return f"{match['before']} {MONTHS[int(match['first']) - 1]} {ordinal_en(match['second'])}"


def _chinese_year(match: re.Match[str], chinese: bool) -> str:
    return f"{digits_zh(match['year'])}年"


def _decade_zh(match: re.Match[str], chinese: bool) -> str:
    if match["century"]:
        return f"{digits_zh(match['century'] + match['decade'])}年代"
    return f"{cardinal_zh(match['decade'])}年代"


def _decade_en(match: re.Match[str], chinese: bool) -> str:
    return plural_en(year_en(match["decade"]))


def _timestamp(match: re.Match[str], chinese: bool) -> str:
    return f"{match['date']} {match['time']}"


def _from_year(match: re.Match[str], chinese: bool) -> str:
    return f"{digits_zh(match['year'])}到"


def _from_time(match: re.Match[str], chinese: bool) -> str:
    return f"{match['from']}{'到' if chinese else ' to '}"


_HALVES = {"a": "A M", "p": "P M"}


def _clock(match: re.Match[str], chinese: bool) -> str:
    hour, minute, second = match["hour"], match["minute"], match["second"]
    half = _HALVES.get((match["half"] or "")[:1].lower(), "")
    if int(hour) > 24 or int(minute) > 59:
        return match[0]
    if chinese:
        return {"A M": "上午", "P M": "下午"}.get(half, "") + _clock_zh(int(hour), minute, second)
    spoken = cardinal_en(str(int(hour)))
    if minute != "00":
        spoken += " " + pair_en(minute)
    elif not half and not second:
        spoken += " o'clock" if int(hour) <= 12 else " hundred"
    if second:
        spoken += f" and {cardinal_en(str(int(second)))} seconds"
    return f"{spoken} {half}".rstrip()


def _clock_zh(hour: int, minute: str, second: str | None) -> str:
    spoken = "两点" if hour == 2 else f"{cardinal_zh(str(hour))}点"
    if minute != "00" or second:
        zero = "零" if minute.startswith("0") and minute != "00" else ""
        spoken += f"{zero}{cardinal_zh(str(int(minute)))}分"
    return spoken + (f"{cardinal_zh(str(int(second)))}秒" if second else "")


def _hour(match: re.Match[str], chinese: bool) -> str:
    hour, half = match["hour"], _HALVES[match["half"][0].lower()]
    if chinese:
        return f"{'上午' if half == 'A M' else '下午'}{cardinal_zh(hour)}点"
    return f"{cardinal_en(hour)} {half}"


# the dot of "p.m." stays where it ends the sentence
_HALF = r"(?P<half>[ap]\.m\.(?!$)|[ap]\.m(?=\.$)|[ap]m\b)"
_TIME = rf"\d{{1,2}}(?::\d\d){{1,2}}(?: ?{_HALF.replace('?P<half>', '?:')})?"
RULES = (
    rule(r"(?<!\d)(?P<date>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)?Z?(?!\w)",
         _timestamp),
    rule(r"(?<!\d)(?P<year>\d{4}) ?[-–—~] ?(?=\d{4}年)", _from_year),
    rule(rf"(?<![\w:.])(?P<from>{_TIME}) ?[-–—~] ?(?={_TIME})", _from_time, re.IGNORECASE),
    rule(rf"{_ALONE}{_YEAR}(?P<sep>[-/.])(?P<month>1[0-2]|0?[1-9])(?P=sep){_DAY}"
         r"(?![\w/:-]|[.]\d)", _numeric),
    rule(rf"{_ALONE}(?P<first>\d{{1,2}})(?P<sep>[-/.])(?P<second>\d{{1,2}})(?P=sep)"
         rf"(?P<year>[12]\d{{3}}|\d\d){_END}", _slashed),
    rule(rf"\b{_MONTH}\b\.? {_DAY}(?:st|nd|rd|th)?(?:,? {_YEAR})?{_END}(?! ?[%-])", _month_first,
         re.IGNORECASE),
    rule(rf"(?:\bthe )?{_ALONE}{_DAY}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?!\.\w)"
         rf"\.?(?:,? {_YEAR})?(?!\d)",
         _day_first, re.IGNORECASE),
    rule(rf"\b{_MONTH}\.? {_YEAR}{_END}", _month_and_year, re.IGNORECASE),
    rule(r"\b(?P<month>Jan|Feb|Aug|Sept|Sep|Oct|Nov|Dec)\.(?= )", _month_only),
    rule(r"\b(?P<before>on|by|until|since|before|after) (?P<first>1[0-2]|0?[1-9])"
         r"/(?P<second>3[01]|[12]\d|0?[1-9])(?![/\d])", _month_and_day, re.IGNORECASE),
    rule(r"(?<!\d)(?P<century>\d\d)?(?P<decade>\d0)年代", _decade_zh),
    rule(r"(?<!\d)(?P<year>\d{4}|[089]\d)年(?!代)", _chinese_year),
    rule(r"(?<![\w'])'?(?P<decade>(?:[12]\d)?[1-9]0|[12]\d00)'?s\b", _decade_en),
    rule(rf"(?<![\w:.])(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?{_HALF})?"
         r"(?![\d:])",
         _clock, re.IGNORECASE),
    rule(rf"(?<![\w:.])(?P<hour>1[0-2]|0?[1-9]) ?{_HALF}", _hour, re.IGNORECASE),
)  # fmt: skip
