"""What a seller may say of a voice and ask for it, checked at the edge: names, facets, terms, prices."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from voicehub.errors import InputError
from voicehub.services.names import is_unwanted
from voicehub.store.market_records import (
    ACCENTS,
    AGES,
    CASES,
    GENDERS,
    LANGUAGES,
    PRICINGS,
    TIERS,
    Offer,
    Terms,
)

_NAME = (2, 40)  # characters
_MOST_DESCRIPTION = 600
_MOST_TAGS, _LONGEST_TAG = 8, 24
_MOST_PRICE = 100_000  # hundredths of a credit
_MOST_NOTICE = 365  # days
# A listing is nobody's advertisement for another place, and nobody speaks for this installation.
_ELSEWHERE = re.compile(r"https?:|www\.|\w@\w|\.(com|net|org|cn|io)\b", re.IGNORECASE)
_RESERVED = ("voicehub", "official", "verified", "admin", "operator", "官方", "认证", "管理员")


@dataclass(frozen=True)
class Draft:
    """What a seller filled in, as it came; ``price`` is in credits."""

    name: str
    description: str
    language: str
    gender: str
    age: str
    accent: str
    tags: Sequence[str] = ()
    cases: Sequence[str] = ()
    tier: str = "personal"
    pricing: str = "free"
    price: float = 0.0
    notice_days: int = 30
    attribution: bool = False
    days: int | None = None
    max_characters: int | None = None


def checked_offer(draft: Draft) -> tuple[Offer, str]:
    """Return the offer and the key that its name is unique by, or raise ``InputError``."""
    name = _checked_name(draft.name)
    for what, value, allowed in (
        ("language", draft.language, LANGUAGES),
        ("gender", draft.gender, GENDERS),
        ("age", draft.age, AGES),
        ("accent", draft.accent, ACCENTS),
        ("licence tier", draft.tier, TIERS),
        ("way to charge", draft.pricing, PRICINGS),
    ):
        if value not in allowed:
            raise InputError(f"choose a {what} out of {', '.join(allowed)}; got {value!r}")
    cases = tuple(dict.fromkeys(draft.cases))
    if not cases or not set(cases) <= set(CASES):
        raise InputError("choose at least one use that the voice is for")
    offer = Offer(
        name, _checked_description(draft.description), draft.language, draft.gender, draft.age,
        draft.accent, _checked_tags(draft.tags), cases, draft.tier, _terms(draft, cases),  # type: ignore[arg-type]
        draft.pricing, _checked_price(draft), _whole("days of notice", draft.notice_days, 0, _MOST_NOTICE),  # type: ignore[arg-type]
    )  # fmt: skip
    return offer, name_key(name)


def name_key(name: str) -> str:
    """Return what two names have in common that people would take for the same."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return "".join(each for each in folded if each.isalnum())


def _checked_name(name: str) -> str:
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    low, high = _NAME
    if not low <= len(clean) <= high:
        raise InputError(
            f"the name of a listing needs {low} to {high} characters, got {len(clean)}"
        )
    if any(is_unwanted(each) for each in clean) or not any(each.isalpha() for each in clean):
        raise InputError(f"the name of a listing needs letters and plain marks, got {clean!r}")
    if _ELSEWHERE.search(clean):
        raise InputError("the name of a listing is no address; say how the voice is called")
    reserved = next((each for each in _RESERVED if each in name_key(clean)), None)
    if reserved:
        raise InputError(f"the name of a listing may not contain {reserved!r}; choose another")
    return clean


def _checked_description(text: str) -> str:
    clean = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    if not 1 <= len(clean) <= _MOST_DESCRIPTION:
        raise InputError(
            f"the description needs 1 to {_MOST_DESCRIPTION} characters, got {len(clean)}"
        )
    if _ELSEWHERE.search(clean):
        raise InputError("the description may not hold addresses of pages or of mail")
    if any(unicodedata.category(each)[0] == "C" and each != "\n" for each in clean):
        raise InputError("the description holds characters that cannot be seen; type it anew")
    return clean


def _checked_tags(tags: Sequence[str]) -> tuple[str, ...]:
    clean = tuple(dict.fromkeys(" ".join(each.split()).casefold() for each in tags if each.strip()))
    if len(clean) > _MOST_TAGS or any(len(each) > _LONGEST_TAG for each in clean):
        raise InputError(
            f"{_MOST_TAGS} tags of {_LONGEST_TAG} characters are allowed, got {', '.join(clean)}"
        )
    if any(is_unwanted(character) for each in clean for character in each):
        raise InputError("a tag needs letters, digits and plain marks")
    return clean


def _checked_price(draft: Draft) -> int:
    if draft.pricing == "free":
        return 0
    cents = round(draft.price * 100)
    if not 1 <= cents <= _MOST_PRICE or abs(cents - draft.price * 100) > 1e-6:
        raise InputError(
            f"a price needs 0.01 to {_MOST_PRICE // 100} credits in whole hundredths, "
            f"got {draft.price:g}"
        )
    return cents


def _terms(draft: Draft, cases: tuple[str, ...]) -> Terms:
    """Return what a tier allows; the custom one says it itself."""
    if draft.tier != "custom":
        return Terms(commercial=draft.tier == "commercial", cases=cases)
    return Terms(
        True, cases, bool(draft.attribution), _bound("days", draft.days, 3_650),
        _bound("characters", draft.max_characters, 100_000_000),
    )  # fmt: skip


def _bound(what: str, value: float | None, most: int) -> int | None:
    return _whole(what, value, 1, most) if value else None


def _whole(what: str, value: float, low: int, high: int) -> int:
    if value != int(value) or not low <= value <= high:
        raise InputError(f"need {low} to {high} {what}, got {value:g}")
    return int(value)
