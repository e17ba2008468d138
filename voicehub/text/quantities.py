"""Reading of numbers with what stands around them: money, units, percent, fractions, ranges."""

import re

from voicehub.text.numbers import (
    cardinal_en,
    cardinal_zh,
    decimal_en,
    decimal_zh,
    digits_en,
    digits_zh,
    ordinal_en,
    year_en,
)
from voicehub.text.rules import NUMBER, Rule, rule
from voicehub.text.vocabulary import CURRENCIES, CURRENCY_CODES, MEASURES, SCALES, UNITS

_CLEAR = r"(?<![\w.])"  # nothing before that would make the digits part of something longer
_SIGN = r"(?P<sign>(?<![\w.)])-)?"


def spoken(number: str, chinese: bool) -> str:
    """Read a number as written: commas, fraction, leading zeros."""
    plain = number.replace(",", "")
    whole = plain.partition(".")[0]
    if len(whole) > 1 and whole.startswith("0") and whole == plain:
        return digits_zh(plain) if chinese else digits_en(plain)
    return decimal_zh(plain) if chinese else decimal_en(plain)


def _negative(match: re.Match[str], chinese: bool) -> str:
    if not match["sign"]:
        return ""
    return "负" if chinese else "minus "


def _counted_zh(number: str) -> str:
    return "两" if number == "2" else spoken(number, True)


def _money(match: re.Match[str], chinese: bool) -> str:
    sign = match["sign_before"] if "sign_before" in match.re.groupindex else match["sign_after"]
    one, several, cent, cents, hanzi = CURRENCIES[CURRENCY_CODES.get(sign, sign)]
    number, scale = match["number"].replace(",", ""), match["scale"]
    negative = _negative(match, chinese)
    upper = match["upper"].replace(",", "") if match["upper"] else ""
    if chinese:
        number = number.removesuffix("0").rstrip("0").rstrip(".") if "." in number else number
        values = [_counted_zh(n) if not scale else spoken(n, True) for n in (number, upper) if n]
        return negative + "到".join(values) + _scale_zh(scale) + hanzi
    whole, _, fraction = number.partition(".")
    if scale or upper or len(fraction) not in (0, 2):
        values = [spoken(n, False) for n in (number, upper) if n]
        return f"{negative}{' to '.join(values)} {SCALES[scale][0] + ' ' if scale else ''}{several}"
    parts: list[str] = []
    if int(whole or 0) or not int(fraction or 0):
        parts.append(f"{cardinal_en(whole or '0')} {one if int(whole or 0) == 1 else several}")
    if fraction and int(fraction):
        parts.append(f"{cardinal_en(str(int(fraction)))} {cent if int(fraction) == 1 else cents}")
    return negative + " and ".join(parts)


def _scale_zh(scale: str | None) -> str:
    if not scale:
        return ""
    return SCALES[scale][1] if scale in SCALES else scale


def _percent(match: re.Match[str], chinese: bool) -> str:
    if chinese:
        lower = f"{match['lower']}到" if match["lower"] else ""
        low = f"百分之{spoken(lower[:-1], True)}到" if lower else ""
        negative = "负" if match["sign"] else ""
        return f"{low}{negative}百分之{spoken(match['number'], True)}"
    low = f"{spoken(match['lower'], False)} to " if match["lower"] else ""
    return f"{low}{_negative(match, False)}{spoken(match['number'], False)} percent"


def _unit(match: re.Match[str], chinese: bool) -> str:
    one, several, hanzi = UNITS[match["unit"]]
    number = match["number"]
    if chinese:
        zero = (
            "零下"
            if match["sign"] and match["unit"] in ("°C", "°F", "°")
            else _negative(match, True)
        )
        plain = spoken(number, True) if match["unit"].startswith("°") else _counted_zh(number)
        return f"{zero}{plain}{hanzi}"
    name = one if number == "1" else several
    return f"{_negative(match, False)}{spoken(number, False)} {name}"


def _feet(match: re.Match[str], chinese: bool) -> str:
    if chinese:
        return f"{_counted_zh(match['feet'])}英尺{_counted_zh(match['inches'])}英寸"
    return f"{cardinal_en(match['feet'])} foot {cardinal_en(match['inches'])}"


_DENOMINATORS = {str(n) for n in (*range(2, 11), 12, 16, 20, 32, 50, 64, 100, 1000)}


def _fraction(match: re.Match[str], chinese: bool) -> str:
    whole, above, below = match["whole"], match["above"], match["below"]
    if (above, below) == ("24", "7"):
        return "二十四七" if chinese else "twenty four seven"
    if chinese:
        head = f"{cardinal_zh(whole)}又" if whole else ""
        return f"{head}{cardinal_zh(below)}分之{cardinal_zh(above)}"
    if below not in _DENOMINATORS or int(above) >= int(below):
        between = "out of" if above == below else "over"
        if (above, below) == ("9", "11"):
            return "nine eleven"
        head = f"{cardinal_en(whole)} " if whole else ""
        return f"{head}{cardinal_en(above)} {between} {cardinal_en(below)}"
    many = int(above) > 1
    if below == "2":
        name = "half" if not many else "halves"
    else:
        name = ("quarter" if below == "4" else ordinal_en(below)) + ("s" if many else "")
    if whole:
        lead = "a" if not many and below in ("2", "4") else cardinal_en(above)
        return f"{cardinal_en(whole)} and {lead} {name}"
    return f"{cardinal_en(above)} {name}"


def _range(match: re.Match[str], chinese: bool) -> str:
    """Put a word for the dash and leave the numbers to the rules after this one."""
    return "到" if chinese else " to "


def _joined(match: re.Match[str], chinese: bool) -> str:
    return f"{match['first']}{_range(match, chinese)}{match['second']}"


def _ratio(match: re.Match[str], chinese: bool) -> str:
    first, second = match["first"], match["second"]
    if chinese:
        return f"{cardinal_zh(first)}比{cardinal_zh(second)}"
    return f"{cardinal_en(first)} to {cardinal_en(second)}"


def _version(match: re.Match[str], chinese: bool) -> str:
    parts = match[0].split(".")
    if chinese:
        return "点".join(digits_zh(part) if len(part) > 2 else cardinal_zh(part) for part in parts)
    if len(parts) == 4:  # an Internet address
        return " dot ".join(digits_en(part) for part in parts)
    return " point ".join(spoken(part, False) for part in parts)


def _ordinal(match: re.Match[str], chinese: bool) -> str:
    number = match["number"].replace(",", "")
    return f"第{cardinal_zh(number)}" if chinese else ordinal_en(number)


def _numbered(match: re.Match[str], chinese: bool) -> str:
    number = match["number"]
    return f"{spoken(number, True)}号" if chinese else f"number {spoken(number, False)}"


def _scaled(match: re.Match[str], chinese: bool) -> str:
    word = SCALES[match["scale"]][chinese]
    return f"{spoken(match['number'], chinese)}{'' if chinese else ' '}{word}"


_COUNTED = re.compile(  # what is counted stands in the plural
    r" (?!was\b|is\b|has\b|as\b|its\b|this\b|his\b|us\b|[a-z]+ss\b)"
    r"(?:[a-z]+s|people|men|women|children)\b"
)
_YEAR = re.compile(r"(?:19|20)(?:\d[1-9]|[1-9]\d)")  # round numbers are counts


def _plain(match: re.Match[str], chinese: bool) -> str:
    number = match["number"]
    after = match.string[match.end() : match.end() + 24]
    negative = _negative(match, chinese)
    if chinese:
        before = match.string[max(0, match.start() - 3) : match.start()].rstrip(":_- ")[-1:]
        counted = after.lstrip()[:1] in MEASURES and not after.startswith("分之")
        if number == "2" and counted and before != "第" and "级" not in after[:2]:
            return negative + "两"
        is_code = len(number) > 2 and before.isascii() and before.isalpha() and number.isdigit()
        if is_code or (_YEAR.fullmatch(number) and not counted and not negative):
            return digits_zh(number)
        return negative + spoken(number, True)
    before = match.string[max(0, match.start() - 3) : match.start()].lower()
    years = r"1\d{3}|20\d\d" if before == "in " else r"1[1-9]\d\d|20\d\d"
    if not negative and re.fullmatch(years, number) and not _COUNTED.match(after):
        return f" {year_en(number)} "
    return f" {negative}{spoken(number, False)} "


def _power(match: re.Match[str], chinese: bool) -> str:
    if chinese:
        return "的平方" if match[1] == "2" else "的立方"
    return " squared" if match[1] == "2" else " cubed"


def _minus(match: re.Match[str], chinese: bool) -> str:
    return "减" if chinese else " minus "


def _times(match: re.Match[str], chinese: bool) -> str:
    if chinese:
        return "乘"
    return " by " if "x" in match[0] else " times "


def _per(match: re.Match[str], chinese: bool) -> str:
    return "每" if chinese else " per "


def _about(match: re.Match[str], chinese: bool) -> str:
    return "约" if chinese else " about "


def _keys(table: object) -> str:
    return "|".join(re.escape(key) for key in sorted(table, key=len, reverse=True))  # type: ignore[call-overload]


_SCALE = r"(?: ?(?P<scale>" + _keys(SCALES) + r"|[万亿]{1,3}|千万|百万)(?![A-Za-z]))?"
_TO = rf"(?: ?(?:to|到) ?[$£€¥]?(?P<upper>{NUMBER}))?"
_CURRENCY = _keys(CURRENCIES)
RULES: tuple[Rule, ...] = (
    rule(r"(?<=\d) ?- ?(?=\d[^,;]{0,20}=)", _minus),
    # a hyphen is a range between exactly two numbers, not in longer rows of digit groups
    rule(r"(?<=\d) ?[–—~] ?(?=[$£€¥]?\d)", _range),
    rule(r"(?<![A-Za-z\d.-])(?P<first>[$£€¥]?\d[\d,.]{0,30}%?)-(?P<second>[$£€¥]?\d[\d,.]{0,30})(?!\d|-\d)",
         _joined),
    rule(r"(?<=[\d%]) - (?=[$£€¥]?\d)", _range),
    rule(r"(?<=\d(?:st|nd|rd|th)) ?[-–—] ?(?=\d)", _range),
    rule(rf"{_SIGN}(?P<sign_before>{_CURRENCY}) ?(?P<number>{NUMBER}){_TO}{_SCALE}", _money),
    rule(rf"{_SIGN}{_CLEAR}(?P<number>{NUMBER}){_TO}{_SCALE} ?"
         rf"(?P<sign_after>[$£€¥₹₩₽](?!\d)|(?:{_keys(CURRENCY_CODES)})\b)", _money),
    rule(rf"(?:{_CLEAR}(?P<lower>{NUMBER})%? ?(?:to|到) ?)?{_SIGN}(?P<number>{NUMBER}) ?%",
         _percent),
    rule(r"(?<!\w)(?P<feet>\d{1,2})'(?P<inches>\d{1,2})\"", _feet),
    rule(rf"{_SIGN}{_CLEAR}(?P<number>{NUMBER}) ?(?P<unit>{_keys(UNITS)})(?![A-Za-z\d^])", _unit),
    rule(r"(?<=[a-z)])/(?=(?:second|minute|hour|day|week|month|year|person|unit|kg|km)\b)"
         r"|/(?=[个人天月年日只件次斤米瓶张])", _per),
    rule(r"(?<![\d.,])\d{1,4}(?:\.\d{1,4}){2,5}(?![\d])", _version),
    rule(rf"{_CLEAR}(?:(?P<whole>\d{{1,4}}) )?(?<![/\d])"
         rf"(?P<above>\d{{1,4}})/(?P<below>\d{{1,4}})(?![/\w])", _fraction),
    rule(rf"{_CLEAR}(?<!:)(?P<first>\d{{1,4}}):(?P<second>\d{{1,4}})(?![:\d])", _ratio),
    rule(r"\b(?P<number>\d[\d,]{0,30})(?:st|nd|rd|th)\b", _ordinal, re.IGNORECASE),
    rule(r"(?:\b[Nn]os?\. ?|#)(?P<number>\d+)\b", _numbered),
    rule(r"(?<=\d) ?\* ?(?=\d)|(?<=\d)x(?=\d)|(?<=\d) ?× ?(?=\d)|(?<=\d) x (?=\d)", _times),
    rule(r"(?<![\w~])~ ?(?=\d)", _about),
    rule(r"\^([23])(?!\d)", _power),
    rule(rf"{_CLEAR}(?P<number>{NUMBER})(?P<scale>[kMB])(?![\w-])", _scaled),
)  # fmt: skip
PLAIN_RULES: tuple[Rule, ...] = (
    rule(rf"{_SIGN}(?P<number>{NUMBER})", _plain),
)  # fmt: skip
