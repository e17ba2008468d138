"""Listings and licences last as long as the consent, and not while a voice is taken down."""

import time
from collections.abc import Callable

import pytest
from store.people import give_consent, give_voice, make_local
from store.selling import list_voice, make_licence, make_listing, make_market

from voicehub.errors import ConsentError, NotFoundError
from voicehub.store.audit import AuditStore
from voicehub.store.jobs import JobStore
from voicehub.store.licences import LicenceStore
from voicehub.store.listings import ListingStore
from voicehub.store.misuse_records import Report
from voicehub.store.reports import ReportStore
from voicehub.store.rows import from_now, new_id, now
from voicehub.store.search import Query, SearchStore
from voicehub.store.store import Store


def speak(store: Store, user_id: str, voice_id: str, kind: str = "speak") -> None:
    JobStore(store.database).submit(user_id, kind, "speech", {}, voice_id=voice_id)


def gone(store: Store, listing_id: str) -> None:
    """Nobody finds, opens or licenses the listing."""
    assert SearchStore(store.database).search(Query()).listings == []
    with pytest.raises(NotFoundError):
        ListingStore(store.database).open(listing_id)


def test_a_voice_is_offered_only_where_its_consent_says_so(store: Store) -> None:
    seller = make_local(store)
    voice = give_voice(store, give_consent(store, seller))
    for terms in ({}, {"tier": "personal", "pricing": "free", "price": 0}):
        with pytest.raises(ConsentError, match="sale and hire"):
            list_voice(store, voice, published=False, **terms)


def test_a_consent_that_is_over_ends_listing_and_licence(store: Store) -> None:
    seller, buyer = make_local(store, "seller"), make_local(store, "buyer")
    consent = give_consent(store, seller, for_sale=True, until=from_now(2.0))
    listing = list_voice(store, give_voice(store, consent), pricing="free", price=0)
    make_licence(store, listing, buyer)
    assert ListingStore(store.database).open(listing.id).id == listing.id
    wait_until(lambda: now() > str(consent.until))
    gone(store, listing.id)
    for user in (seller, buyer):
        with pytest.raises(ConsentError):
            speak(store, user.id, listing.voice_id)
    with pytest.raises(ConsentError):
        LicenceStore(store.database).right(listing.voice_id, buyer.id)
    with pytest.raises(ConsentError):
        LicenceStore(store.database).meter(listing.voice_id, buyer.id, "u", "speak", 0, 5)


def test_a_licence_allows_what_the_consent_allows(store: Store) -> None:
    seller, buyer = make_local(store, "seller"), make_local(store, "buyer")
    consent = give_consent(store, seller, for_sale=True, for_conversion=False)
    listing = list_voice(store, give_voice(store, consent), pricing="free", price=0)
    make_licence(store, listing, buyer)
    speak(store, buyer.id, listing.voice_id)
    with pytest.raises(ConsentError):
        speak(store, buyer.id, listing.voice_id, "convert")
    with pytest.raises(ConsentError):
        LicenceStore(store.database).meter(listing.voice_id, buyer.id, "u", "convert", 0, 5)


def test_a_takedown_hides_and_a_reversal_brings_back(store: Store) -> None:
    _, buyer, listing = make_market(store)
    make_licence(store, listing, buyer)
    reports, licences = ReportStore(store.database), LicenceStore(store.database)
    assert reports.voice_of(listing.id) == listing.voice_id
    report = Report(
        new_id(), listing.id, "impersonation", "it is me", now(), from_now(60), from_now(90),
        voice_id=listing.voice_id,
    )  # fmt: skip
    reports.add(report)
    reports.decide(report.id, "upheld")
    gone(store, listing.id)
    assert licences.licensed(buyer.id) == []
    with pytest.raises(NotFoundError):
        licences.voice(listing.voice_id, buyer.id)
    with pytest.raises(ConsentError, match="taken down"):
        speak(store, buyer.id, listing.voice_id)
    reports.appeal(report.id, listing.user_id, "it is my own voice")
    reports.decide(report.id, "rejected")
    assert ListingStore(store.database).open(listing.id).id == listing.id
    speak(store, buyer.id, listing.voice_id)


def test_decisions_about_listings_are_in_the_audit_log(store: Store) -> None:
    seller, listings = make_local(store), ListingStore(store.database)
    listing = make_listing(store, seller)
    listings.withdraw(listing.id, seller.id)
    refused = make_listing(store, seller, published=False)
    listings.submit(refused.id, seller.id)
    listings.refuse(refused.id, "words that stand in no log")
    log = AuditStore(store.database)
    told = [(row.kind, row.actor, row.subject) for row in log.tail(20, "listing.")]
    assert told == [
        ("listing.submitted", seller.id, listing.id), ("listing.published", "operator", listing.id),
        ("listing.withdrawn", seller.id, listing.id), ("listing.submitted", seller.id, refused.id),
        ("listing.refused", "operator", refused.id),
    ]  # fmt: skip
    assert log.verify().problem is None


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for the clock: the database asks it itself."""
    while not happened():
        time.sleep(0.05)
