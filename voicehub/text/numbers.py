"""Numbers as spoken words in English and Mandarin; digits come as strings, so none is too long."""

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ("", "thousand", "million", "billion", "trillion")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_LONGEST_CARDINAL = 3 * len(_SCALES)  # digits; longer numbers are read digit by digit
_HANZI_DIGITS = "零一二三四五六七八九"
_HANZI_TENS = ("", "十", "百", "千")
_HANZI_SCALES = ("", "万", "亿", "万亿")


def digits_en(digits: str) -> str:
    """Read digit by digit: "007" is "zero zero seven"."""
    return " ".join(_ONES[int(digit)] for digit in digits)


def cardinal_en(digits: str) -> str:
    """Read a whole number: "1200" is "one thousand two hundred"."""
    bare = digits.lstrip("0")
    if not bare:
        return "zero" if len(digits) < 2 else digits_en(digits)
    if len(bare) > _LONGEST_CARDINAL:
        return digits_en(digits)
    words: list[str] = []
    value = int(bare)
    for scale in reversed(range(len(_SCALES))):
        group = value // 1000**scale % 1000
        if group:
            words += [*_below_thousand(group), _SCALES[scale]]
    return " ".join(words).strip()


def _below_thousand(value: int) -> list[str]:
    words: list[str] = []
    if value >= 100:
        words += [_ONES[value // 100], "hundred"]
        value %= 100
    if value >= 20:
        words.append(_TENS[value // 10])
        value %= 10
    if value:
        words.append(_ONES[value])
    return words


def ordinal_en(digits: str) -> str:
    """Read a rank: "21" is "twenty first"."""
    head, _, last = cardinal_en(digits).rpartition(" ")
    last = (
        _ORDINALS[last]
        if last in _ORDINALS
        else last[:-1] + "ieth"
        if last.endswith("y")
        else last + "th"
    )
    return f"{head} {last}".strip()


def decimal_en(number: str) -> str:
    """Read a number with or without a fraction: "3.14" is "three point one four"."""
    whole, point, fraction = number.partition(".")
    spoken = cardinal_en(whole or "0")
    return f"{spoken} point {digits_en(fraction)}" if point and fraction else spoken


def year_en(digits: str) -> str:
    """Read a year of one to four digits: "1984" is "nineteen eighty four"."""
    value = int(digits)
    if len(digits) != 4 or value < 1000 or value % 1000 < 10:  # 2000-2009 and the like
        return cardinal_en(digits)
    century, rest = cardinal_en(digits[:2]), digits[2:]
    if rest == "00":
        return f"{century} hundred"
    return f"{century} {pair_en(rest)}"


def pair_en(digits: str) -> str:
    """Read two digits of a year or clock: "05" is "oh five"."""
    return f"oh {_ONES[int(digits)]}" if digits[0] == "0" else cardinal_en(digits)


def plural_en(words: str) -> str:
    """Return the plural of number words: "twenty" is "twenties"."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith("x") else "s")


def digits_zh(digits: str, *, one: str = "一") -> str:
    """Read digit by digit; telephone numbers say 幺 for one."""
    return "".join(one if digit == "1" else _HANZI_DIGITS[int(digit)] for digit in digits)


def cardinal_zh(digits: str) -> str:
    """Read a whole number: "1200" is 一千二百, "2000" 两千."""
    bare = digits.lstrip("0")
    if not bare:
        return digits_zh(digits)
    if len(bare) > 4 * len(_HANZI_SCALES):
        return digits_zh(digits)
    value = int(bare)
    spoken = ""
    gap = False  # a zero stands between two groups
    for scale in reversed(range(len(_HANZI_SCALES))):
        group = value // 10_000**scale % 10_000
        if not group:
            gap = bool(spoken)
            continue
        if spoken and (gap or group < 1000):
            spoken += "零"
        spoken += ("两" if group == 2 and scale else _below_myriad(group)) + _HANZI_SCALES[scale]
        gap = False
    return spoken[1:] if spoken.startswith("一十") else spoken


def _below_myriad(value: int) -> str:
    spoken = ""
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            spoken += "两" if digit == 2 and place == 3 else _HANZI_DIGITS[digit]
            spoken += _HANZI_TENS[place]
        elif spoken and value % 10**place and not spoken.endswith("零"):
            spoken += "零"
    return spoken


def decimal_zh(number: str) -> str:
    """Read a number with or without a fraction: "3.14" is 三点一四."""
    whole, point, fraction = number.partition(".")
    spoken = cardinal_zh(whole or "0")
    return f"{spoken}点{digits_zh(fraction)}" if point and fraction else spoken
