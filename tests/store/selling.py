"""Listings, licences and credits for tests of the store."""

from dataclasses import replace
from hashlib import sha256

import numpy as np
from store.people import HASH, give_consent, give_voice, make_local

from voicehub.services.offers import name_key
from voicehub.store.ledger import LedgerStore, Leg, Movement
from voicehub.store.licences import LicenceStore
from voicehub.store.listings import ListingStore
from voicehub.store.market_records import Clip, Licence, Listing, Offer, Terms
from voicehub.store.records import User, Voice
from voicehub.store.rows import new_id, now
from voicehub.store.store import Store

OFFER = Offer(
    "Calm Ada", "A calm voice for long books.", "en", "female", "adult", "british", ("warm",),
    ("audiobook",), "commercial", Terms(True, ("audiobook",)), "characters", 250, 30,
)  # fmt: skip


def make_listing(store: Store, seller: User, published: bool = True, **changes: object) -> Listing:
    voice = give_voice(store, give_consent(store, seller, for_sale=True), new_id()[:8])
    return list_voice(store, voice, published, **changes)


def list_voice(store: Store, voice: Voice, published: bool = True, **changes: object) -> Listing:
    listings = ListingStore(store.database)
    offer = replace(OFFER, **{"name": f"Voice {voice.name}", **changes})
    listing = listings.draft(voice.id, voice.owner_id, offer, name_key(offer.name))
    clip = Clip(listing.id, 0, "Hello.", "x.wav", HASH, 1.0)
    listings.keep_clips(listing.id, [clip], np.full(256, 1 / 16, np.float32))
    if not published:
        return listing
    listings.submit(listing.id, voice.owner_id)
    return listings.approve(listing.id)


def make_licence(store: Store, listing: Listing, buyer: User, **changes: object) -> Licence:
    licence = Licence(
        new_id(), listing.id, buyer.id, listing.tier, listing.terms, listing.pricing, listing.price,
        "words", "1", sha256(b"words").hexdigest(), now(),
    )  # fmt: skip
    return LicenceStore(store.database).accept(replace(licence, **changes))


def give_credits(store: Store, user: User, amount: int, key: str = "gift") -> None:
    legs = [Leg("issued", None, -amount), Leg("credits", user.id, amount)]
    LedgerStore(store.database).post(Movement(f"{key} {user.id}", "top-up", user.id, legs))


def make_market(store: Store) -> tuple[User, User, Listing]:
    """A seller, a buyer with 10.00 credits, and a listing at 2.50 for 1,000 characters."""
    seller, buyer = make_local(store, "seller"), make_local(store, "buyer")
    give_credits(store, buyer, 1_000)
    return seller, buyer, make_listing(store, seller)
