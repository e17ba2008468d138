"""A licensed voice over the API: who may, what it costs, sent twice is paid once, and its end."""

import time
from dataclasses import dataclass

import httpx
import pytest
from house import House

from drills.people import give_sold_voice, zero_shot
from voicehub.services.api_keys import ApiKeys
from voicehub.services.market import Market
from voicehub.services.offers import Draft
from voicehub.services.selling import Review, Selling
from voicehub.store.market_records import Listing
from voicehub.store.records import User

TEXT = "Hello there. How are you?"
PRICE = 6  # hundredths for its 24 characters, each begun one counts


@dataclass(frozen=True)
class Trade:
    """A published voice, who sells it, and a program of somebody who has no licence yet."""

    market: Market
    selling: Selling
    listing: Listing
    seller: User
    buyer: User
    program: httpx.Client

    def ask(self, text: str = TEXT, key: str | None = None) -> httpx.Response:
        """Let the program speak."""
        asked = {"model": "tts-1", "voice": self.listing.voice_id, "input": text,
                 "response_format": "pcm"}  # fmt: skip
        headers = {"idempotency-key": key} if key else {}
        return self.program.post("/audio/speech", json=asked, headers=headers)

    def paid(self) -> int:
        """Return what the buyer has spent so far."""
        return 1_000 - self.market.balance(self.buyer)


@pytest.fixture(scope="module")
def trade(house: House, address: str) -> Trade:
    """The clips are made by the worker of the API."""
    runtime = house.runtime
    (seller, _), (buyer, _) = (
        house.accounts.register(n, "a long password") for n in ("sue", "bob")
    )
    voice = give_sold_voice(runtime, seller, zero_shot(runtime, "reader-f"), "Countess")
    selling, market = Selling(runtime), Market(runtime)
    draft = Draft("Calm Countess", "A calm voice.", "en", "female", "adult", "british", ["calm"],
                  ["audiobook"], "commercial", "characters", 2.5, 0)  # fmt: skip
    listing = selling.offer(seller, voice.id, draft)
    job = selling.make_clips(seller, listing.id)
    until = time.monotonic() + 60
    while runtime.jobs.get(job.id, seller.id).active:
        assert time.monotonic() < until
        time.sleep(0.05)
    selling.submit(seller, listing.id)
    listing = Review(runtime).approve(listing.id)
    made = ApiKeys(runtime).create(buyer, "program")
    headers = {"authorization": f"Bearer {made.secret}"}
    program = httpx.Client(base_url=address, headers=headers, timeout=60)
    return Trade(market, selling, listing, seller, buyer, program)


def test_a_program_speaks_under_a_licence_and_pays_for_it(trade: Trade) -> None:
    market, buyer, listing = trade.market, trade.buyer, trade.listing
    assert trade.program.get("/voices").json()["data"] == []
    assert trade.ask().json()["error"]["code"] == "voice_not_found"
    market.accept(buyer, listing.id, market.text(listing.id, "en")[1], "en")
    (shown,) = trade.program.get("/voices").json()["data"]
    assert shown["id"] == listing.voice_id
    broke = trade.ask()
    assert broke.status_code == 429, broke.text
    assert "holds 0.00" in broke.json()["error"]["message"]
    market.top_up(buyer)
    answer = trade.ask()
    assert answer.status_code == 200, answer.text
    assert len(answer.content) > 1_000
    (receipt,) = market.receipts(buyer)
    assert (receipt.characters, receipt.parts, receipt.amount) == (24, 2, PRICE)
    assert trade.paid() == PRICE
    assert 0 < trade.selling.earned(trade.seller).balance < PRICE


def test_what_is_sent_again_is_paid_once(trade: Trade) -> None:
    """The answer was lost, perhaps: under the same key the same text costs nothing more."""
    before, receipts = trade.paid(), len(trade.market.receipts(trade.buyer))
    for _ in range(2):
        answer = trade.ask(key="order-1")
        assert answer.status_code == 200, answer.text
        assert len(answer.content) > 1_000
    assert trade.paid() == before + PRICE
    assert len(trade.market.receipts(trade.buyer)) == receipts + 1
    # Another text under that key, another key, and no key are requests of their own.
    for given in ({"text": "Something else.", "key": "order-1"}, {"key": "order-2"}, {}, {}):
        assert trade.ask(**given).status_code == 200
    assert len(trade.market.receipts(trade.buyer)) == receipts + 5
    assert trade.market.ledger.problems() == []


def test_a_withdrawn_voice_is_not_there_for_programs(trade: Trade) -> None:
    trade.selling.withdraw(trade.seller, trade.listing.id)
    paid = trade.paid()
    refused = trade.ask(key="order-1")
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "voice_not_found")
    assert trade.program.get("/voices").json()["data"] == []
    assert trade.paid() == paid
    trade.program.close()
