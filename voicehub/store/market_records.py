"""The records of the marketplace: plain, frozen, without SQL. Amounts are hundredths of a credit."""

from dataclasses import dataclass, field
from typing import Any, Literal

ListingState = Literal["draft", "review", "published", "refused", "withdrawn"]
Tier = Literal["personal", "commercial", "custom"]
Pricing = Literal["free", "characters", "licence"]
AccountKind = Literal["issued", "credits", "earnings", "platform"]
PostingKind = Literal["top-up", "licence", "use", "refund"]

LANGUAGES = ("en", "zh")
GENDERS = ("female", "male", "neutral")
AGES = ("young", "adult", "senior")
ACCENTS = (
    "american", "british", "australian", "indian", "irish", "northern-mandarin",
    "southern-mandarin", "other",
)  # fmt: skip
CASES = (
    "narration", "audiobook", "education", "news", "video", "game", "assistant",
    "customer-service", "meditation",
)  # fmt: skip
TIERS: tuple[Tier, ...] = ("personal", "commercial", "custom")
PRICINGS: tuple[Pricing, ...] = ("free", "characters", "licence")
# Bounds of the price that can be searched for, in hundredths of a credit.
PRICES = {"free": 0, "1": 100, "5": 500, "20": 2_000}
UNIT_CHARACTERS = 1_000  # that the price by characters is for


@dataclass(frozen=True)
class Terms:
    """What a licence allows, for people and for programs; None and nothing named: no bound."""

    commercial: bool = False
    cases: tuple[str, ...] = ()  # the uses that are allowed
    attribution: bool = False  # whether the listing is to be named
    days: int | None = None  # that a licence lasts
    max_characters: int | None = None  # that may be spoken under a licence

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "version": 1,
            "commercial": self.commercial,
            "cases": list(self.cases),
            "attribution": self.attribution,
            "days": self.days,
            "max_characters": self.max_characters,
            "training": False,  # of models on what was spoken: never
            "impersonation": False,  # as the person whose voice it is: never
        }


@dataclass(frozen=True)
class Offer:
    """What a seller says of a voice and asks for it; `services.offers` checks it."""

    name: str
    description: str
    language: str
    gender: str
    age: str
    accent: str
    tags: tuple[str, ...]
    cases: tuple[str, ...]
    tier: Tier
    terms: Terms
    pricing: Pricing
    price: int  # for 1,000 characters or for a licence
    notice_days: int


@dataclass(frozen=True)
class Listing:
    """A voice that is offered; ``ends`` is when its last licence does, once it is withdrawn."""

    number: int
    id: str
    voice_id: str
    user_id: str
    state: ListingState
    name: str
    description: str
    language: str
    gender: str
    age: str
    accent: str
    tags: list[str]
    cases: list[str]
    tier: Tier
    terms: dict[str, Any]
    pricing: Pricing
    price: int
    notice_days: int
    created: str
    published: str | None
    reason: str | None
    ends: str | None
    spoken: int  # characters, under all licences
    ratings: int
    stars: float


@dataclass(frozen=True)
class Clip:
    """A fixed sentence as the listed voice says it; ``path`` is relative to the user data's home."""

    listing_id: str
    number: int
    text: str
    path: str
    sha256: str
    seconds: float


@dataclass(frozen=True)
class Licence:
    """What a user accepted: the words, their hash, and the price of then."""

    id: str
    listing_id: str
    user_id: str
    tier: Tier
    terms: dict[str, Any]
    pricing: Pricing
    price: int
    text: str
    text_version: str
    text_sha256: str
    accepted: str
    expires: str | None = None
    ended: str | None = None
    spoken: int = 0  # characters


@dataclass(frozen=True)
class Use:
    """One piece of speech under a licence: its receipt. ``parts`` are sentences already counted."""

    id: str
    licence_id: str
    listing_id: str
    user_id: str
    kind: str
    created: str
    parts: int
    characters: int
    amount: int
    refunded: str | None = None


@dataclass(frozen=True)
class Posting:
    """One line of a user's account; ``balance`` is that after it."""

    transaction_id: str
    kind: PostingKind
    reference: str
    at: str
    account: AccountKind
    amount: int
    balance: int


@dataclass(frozen=True)
class Collection:
    """Listings that a user put together."""

    id: str
    user_id: str
    name: str
    created: str
    listings: tuple[str, ...] = field(default=())
