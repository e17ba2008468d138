"""Reading of web and e-mail addresses and telephone numbers."""

import re

from voicehub.text.numbers import digits_en, digits_zh
from voicehub.text.rules import rule

_DOMAINS = (
    "com|org|net|edu|gov|io|ai|co|cn|uk|de|fr|jp|eu|ca|au|us|info|dev|app|me|tv|xyz|tech|online|ch"
)
_SIGNS = {
    ".": ("dot", "点"), "/": ("slash", "斜杠"), "-": ("dash", "杠"), "_": ("underscore", "下划线"),
    "@": ("at", "艾特"), "+": ("plus", "加"), ":": ("colon", "冒号"),
    "?": ("question mark", "问号"),
    "=": ("equals", "等于"), "&": ("and", "和"), "#": ("hash", "井号"), "%": ("percent", "百分号"),
    "~": ("tilde", "波浪号"),
}  # fmt: skip
_SAID = frozenset({"co", "me", "us", "my", "go", "no", "to", "is", "in", "on", "by", "or", "en"})
_PIECE = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]")
_LONGEST_NUMBER = 2  # digits read as one number in an address; longer ones go digit by digit


def _address(match: re.Match[str], chinese: bool) -> str:
    text = re.sub(r"^https?://", "", match[0], flags=re.IGNORECASE)
    tail = re.search(r"[.,!?:;/]*$", text)
    rest = tail[0].lstrip("/") if tail else ""
    text = text[: len(text) - len(tail[0])] if tail else text
    words: list[str] = []
    for piece in _PIECE.findall(text):
        if piece.lower() == "www":
            words.append("W W W")
        elif piece.isdigit():
            long = len(piece) > _LONGEST_NUMBER or piece.startswith("0")
            words.append((digits_zh(piece) if chinese else digits_en(piece)) if long else piece)
        elif piece.isalpha():
            spelled = len(piece) == 2 and piece not in _SAID
            words.append(" ".join(piece.upper()) if spelled else piece)
        elif piece in _SIGNS:
            words.append(_SIGNS[piece][chinese])
    return f" {' '.join(words)}{rest} "


def _telephone(match: re.Match[str], chinese: bool) -> str:
    groups = re.findall(r"\d+", match[0])
    plus = match[0].lstrip().startswith("+")
    if chinese:
        spoken = ", ".join(digits_zh(group, one="幺") for group in groups)
        return f"{'加' if plus else ''}{spoken}"
    spoken = ", ".join(digits_en(group) for group in groups)
    return f"{'plus ' if plus else ''}{spoken}"


def _emergency(match: re.Match[str], chinese: bool) -> str:
    return f"{match[0][:-3]}{digits_en(match[0][-3:])}"


_EDGE = r"(?<![\w.,+-])"
_END = r"(?![\w-]|[.,]\d)"
RULES = (
    rule(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}",
         _address),
    rule(r"\b(?:https?://|www\.)[\x21-\x7e]{1,300}", _address, re.IGNORECASE),
    rule(rf"(?<![\w@.-])(?:[A-Za-z0-9-]{{1,63}}\.){{1,4}}(?:{_DOMAINS})"
         r"(?:/[\w./?=&%#~-]{0,200})?(?![\w-])", _address),
    # +1 (212) 555-1234 and the like
    rule(rf"{_EDGE}(?:\+?\d{{1,3}}[ .-])?\(?\d{{3}}\)?[ .-]\d{{3}}[.-]\d{{4}}{_END}", _telephone),
    rule(rf"{_EDGE}\(\d{{3}}\) ?\d{{3}}[ .-]\d{{4}}{_END}", _telephone),
    rule(r"(?<![\w.,])\+\d{1,3}(?:[ -]?\d{2,4}){2,5}" + _END, _telephone),
    rule(rf"{_EDGE}\d{{3}}-\d{{4}}{_END}", _telephone),
    rule(r"(?i:\b(?:call|dial|called|calling) )(?:911|999|112)\b(?!-)", _emergency),
    # China: land lines, service numbers, mobiles
    rule(rf"{_EDGE}0\d{{2,3}}-\d{{7,8}}{_END}", _telephone),
    rule(rf"{_EDGE}[48]00-\d{{3}}-\d{{4}}{_END}", _telephone),
    rule(r"(?<![\d.,+-])1[3-9]\d{9}(?![\d-]|[.,]\d)", _telephone),
    rule(r"(?<![\d.,+-])1[3-9]\d[ -]\d{4}[ -]\d{4}(?![\d-]|[.,]\d)", _telephone),
    rule(r"(?<=[拨打叫])(?:110|119|120|122|911|12306|12345)(?!\d)", _telephone),
)  # fmt: skip
