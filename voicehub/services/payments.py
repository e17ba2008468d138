"""How credits come in: the seam for providers of payment, and the one there is, which moves no money."""

from dataclasses import dataclass
from typing import Protocol

from voicehub.errors import InputError
from voicehub.settings import TOP_UP_CENTS
from voicehub.store.ledger import LedgerStore, Leg, Movement
from voicehub.store.records import User
from voicehub.store.rows import now


@dataclass(frozen=True)
class Payment:
    """What a provider has taken for an account; ``key`` is the provider's own, the same for a retry."""

    key: str
    cents: int


class PaymentProvider(Protocol):
    """Takes payment for credits. ``is_real`` says whether money moves; the page says so too."""

    name: str
    is_real: bool

    def take(self, user: User, cents: int) -> Payment:
        """Take payment, or raise ``VoiceHubError``; what is returned is booked once by its key."""


class DemoCredits:
    """Gives credits for trying out: once a day to an account, and no money moves."""

    name = "demo-credits"
    is_real = False

    def take(self, user: User, cents: int) -> Payment:
        """Return a payment of nobody's money; a second one on the same day is the first."""
        if not 0 < cents <= TOP_UP_CENTS:
            raise InputError(f"demo credits come in 1 to {TOP_UP_CENTS} hundredths, got {cents}")
        return Payment(f"{user.id} {now()[:10]}", cents)


class Till:
    """Books what a provider took."""

    def __init__(self, ledger: LedgerStore, provider: PaymentProvider | None = None) -> None:
        self.ledger, self.provider = ledger, provider or DemoCredits()

    def top_up(self, user: User, cents: int = TOP_UP_CENTS) -> int:
        """Bring credits to an account; return what it then holds."""
        if user.kind == "guest":
            raise InputError("credits need an account; make one or log in first")
        taken = self.provider.take(user, cents)
        legs = [Leg("issued", None, -taken.cents), Leg("credits", user.id, taken.cents)]
        key = f"top-up {self.provider.name} {taken.key}"
        self.ledger.post(Movement(key, "top-up", user.id, legs, self.provider.name))
        return self.ledger.balance("credits", user.id)
