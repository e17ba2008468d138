"""What programs ask of the market: rows as plain JSON, each for the visitor whose cookie comes along."""

from dataclasses import asdict
from typing import Any

import gradio as gr

from voicehub.services.market import Card
from voicehub.services.offers import Draft
from voicehub.store.market_records import Listing
from voicehub.store.search import Order, Query
from voicehub.ui.desk import Desk
from voicehub.ui.given import given
from voicehub.ui.listing_view import clip_address

_MOST = 50  # listings in an answer
_TOLD = (
    "id", "voice_id", "name", "description", "language", "gender", "age", "accent", "tags", "cases",
    "tier", "terms", "pricing", "price", "notice_days", "published", "ratings", "stars",
)  # fmt: skip


class MarketApi:
    """Endpoints that have no component."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def add(self) -> None:
        """Add the endpoints to the page that is being built."""
        for call in (
            self.market_search, self.market_listing, self.accept_licence, self.rate_voice,
            self.licences, self.receipts, self.top_up, self.offer_voice, self.submit_listing,
            self.withdraw_listing, self.my_listings, self.earnings,
        ):  # fmt: skip
            gr.api(call, api_name=call.__name__)

    def market_search(
        self, text: str, filters: dict[str, str], order: str, limit: int
    ) -> dict[str, Any]:
        """Find published voices; filters are language, gender, age, accent, case, tier and price."""
        with self.desk.sentences():
            known = {"language", "gender", "age", "accent", "case", "tier", "price", "pricing"}
            chosen: dict[str, str] = given(dict[str, str], "filters", filters)
            named = {key: value for key, value in chosen.items() if key in known}
            most = max(1, min(given(int, "limit", limit), _MOST))
            text, order = given(str, "text", text), given(Order, "order", order)
            query = Query(text, **named, order=order, limit=most)  # type: ignore[arg-type]
            found, total = self.desk.services.market.search(query)
        return {"total": total, "listings": [_told(card) for card in found]}

    def market_listing(self, listing_id: str) -> dict[str, Any]:
        """Return a published voice with its passport, and the licence with its hash."""
        market = self.desk.services.market
        with self.desk.sentences():
            text, digest = market.text(listing_id, self.desk.language)
            found = asdict(market.passport(listing_id))
            licence = {"text": text, "sha256": digest}
            return _told(market.card(listing_id)) | {"passport": found, "licence": licence}

    def accept_licence(
        self, listing_id: str, text_sha256: str, request: gr.Request
    ) -> dict[str, Any]:
        """Accept the licence whose words have this hash; return it."""
        with self.desk.sentences():
            user = self.desk.acting(request, "look")
            market = self.desk.services.market
            return asdict(market.accept(user, listing_id, text_sha256, self.desk.language))

    def rate_voice(self, listing_id: str, stars: int, request: gr.Request) -> float:
        """Rate a voice that one has used; return its mean."""
        with self.desk.sentences():
            user = self.desk.acting(request, "look")
            stars = given(int, "stars", stars)
            return self.desk.services.market.rate(user, listing_id, stars).stars

    def licences(self, request: gr.Request) -> list[dict[str, Any]]:
        """Return the visitor's valid licences."""
        user = self.desk.known(request)
        with self.desk.sentences():
            found = self.desk.services.market.licensed(user) if user else []
        return [
            asdict(licence) | {"voice_id": of.voice_id, "name": of.name} for licence, of in found
        ]

    def receipts(self, request: gr.Request) -> list[dict[str, Any]]:
        """Return a receipt for each piece of speech under a licence, newest first."""
        user = self.desk.known(request)
        with self.desk.sentences():
            return [asdict(e) for e in self.desk.services.market.receipts(user)] if user else []

    def top_up(self, request: gr.Request) -> int:
        """Bring the day's demo credits to the account; return what it holds, in hundredths."""
        with self.desk.sentences():
            return self.desk.services.market.top_up(self.desk.acting(request, "look"))

    def offer_voice(
        self, voice_id: str, offer: dict[str, Any], request: gr.Request
    ) -> dict[str, str]:
        """Save the draft of a listing and let its clips be made; return its and the job's id."""
        with self.desk.sentences():
            user = self.desk.acting(request, "look")
            selling = self.desk.services.selling
            listing = selling.offer(user, voice_id, draft_of(offer))
            return {"listing_id": listing.id, "job_id": selling.make_clips(user, listing.id).id}

    def submit_listing(self, listing_id: str, request: gr.Request) -> str:
        """Send a draft to its review; return its state."""
        with self.desk.sentences():
            user = self.desk.acting(request, "look")
            return self.desk.services.selling.submit(user, listing_id).state

    def withdraw_listing(self, listing_id: str, request: gr.Request) -> str:
        """Withdraw a listing; return when its last licence ends."""
        with self.desk.sentences():
            user = self.desk.acting(request, "look")
            return self.desk.services.selling.withdraw(user, listing_id).ends or ""

    def my_listings(self, request: gr.Request) -> list[dict[str, Any]]:
        """Return the visitor's listings, newest first."""
        user = self.desk.known(request)
        with self.desk.sentences():
            found = self.desk.services.selling.own(user) if user else []
        return [_row(each) | {"state": each.state, "reason": each.reason} for each in found]

    def earnings(self, request: gr.Request) -> dict[str, Any]:
        """Return what the visitor's voices came to, in hundredths of a credit."""
        user = self.desk.known(request)
        with self.desk.sentences():
            return asdict(self.desk.services.selling.earned(user)) if user else {}


def draft_of(offer: dict[str, Any]) -> Draft:
    """Return a draft of what a program sent; what it leaves out is checked as empty."""
    fields = Draft.__dataclass_fields__
    plain = {"name": "", "description": "", "language": "", "gender": "", "age": "", "accent": ""}
    sent: dict[str, Any] = given(dict[str, Any], "offer", offer)
    known = {key: value for key, value in sent.items() if key in fields}
    draft: Draft = given(Draft, "offer", plain | known)
    return draft


def _told(card: Card) -> dict[str, Any]:
    clips = [
        {"text": each.text, "seconds": each.seconds, "address": clip_address(each.listing_id, each.number)}
        for each in card.clips
    ]  # fmt: skip
    return _row(card.listing) | {"seller": card.seller, "clips": clips}


def _row(listing: Listing) -> dict[str, Any]:
    return {name: getattr(listing, name) for name in _TOLD}
