"""Listings and licences: the database itself refuses what must not be sold, used, changed or paid."""

import sqlite3
import threading
from contextlib import closing

import pytest
from store.people import HASH, give_voice, make_guest, make_local
from store.selling import give_credits, list_voice, make_licence, make_listing, make_market

from voicehub.errors import ConsentError, InputError, LimitError, NotFoundError
from voicehub.store.audience import AudienceStore
from voicehub.store.jobs import JobStore
from voicehub.store.ledger import LedgerStore, Leg, Movement
from voicehub.store.licences import LicenceStore
from voicehub.store.listings import ListingStore
from voicehub.store.records import Consent, Speech
from voicehub.store.rows import from_now, new_id, now
from voicehub.store.speeches import SpeechStore
from voicehub.store.store import Store


def balances(store: Store, *users: object) -> list[int]:
    ledger = LedgerStore(store.database)
    kinds = ("credits", "earnings")
    return [ledger.balance(k, u.id) for u, k in zip(users, kinds, strict=False)]  # type: ignore[attr-defined,arg-type]


def test_a_listing_goes_its_way_alone(store: Store) -> None:
    seller, listings = make_local(store), ListingStore(store.database)
    listing = make_listing(store, seller, published=False)
    with pytest.raises(InputError, match="does not wait"):
        listings.approve(listing.id)
    with pytest.raises(NotFoundError):
        listings.open(listing.id)
    listings.submit(listing.id, seller.id)
    assert listings.refuse(listing.id, "too loud").reason == "too loud"
    with pytest.raises(InputError, match="goes draft"):
        listings.submit(listing.id, seller.id)
    with pytest.raises(NotFoundError):
        listings.own(listing.id, "somebody")


def test_a_corpus_voice_is_never_sold(store: Store) -> None:
    seller = make_local(store)
    consent = Consent(
        new_id(),
        "corpus-licence",
        now(),
        licence="CC BY",
        attribution="x",
        user_id=seller.id,
        state="licensed",
    )
    store.add_consent(consent)
    with pytest.raises(ConsentError, match="never sold"):
        list_voice(store, give_voice(store, consent))


def test_a_name_is_offered_once(store: Store) -> None:
    seller = make_local(store)
    make_listing(store, seller, name="Blue Heron")
    with pytest.raises(InputError, match="already"):
        make_listing(store, seller, name="blue-heron")


def test_a_licence_opens_a_voice_and_only_speaking(store: Store) -> None:
    seller, buyer, listing = make_market(store)
    jobs, speeches = JobStore(store.database), SpeechStore(store.database)
    licences = LicenceStore(store.database)

    def ask(kind: str) -> object:
        return jobs.submit(buyer.id, kind, "speech", {}, voice_id=listing.voice_id)

    def speech() -> Speech:
        return Speech(
            new_id(), buyer.id, listing.voice_id, None, "speak", "", "p", HASH, 1, "wav", now()
        )

    with pytest.raises(ConsentError):
        ask("speak")
    with pytest.raises(ConsentError):
        speeches.add(speech())
    with pytest.raises(NotFoundError):
        licences.voice(listing.voice_id, buyer.id)
    make_licence(store, listing, buyer)
    ask("speak")
    ask("convert")
    speeches.add(speech())
    assert licences.voice(listing.voice_id, buyer.id).id == listing.voice_id
    for kind in ("evaluate", "clips", "clone"):
        with pytest.raises(ConsentError):
            ask(kind)
    with pytest.raises(ConsentError):
        make_licence(store, listing, seller)
    with pytest.raises(ConsentError):
        make_licence(store, listing, make_guest(store))
    assert licences.holders(listing.voice_id) == [buyer.id]


@pytest.mark.parametrize("notice", [0, 30])
def test_withdrawing_leaves_the_notice_and_revoking_nothing(store: Store, notice: int) -> None:
    seller, buyer, _ = make_market(store)
    listing = make_listing(store, seller, name="Short", notice_days=notice)
    make_licence(store, listing, buyer)
    licences = LicenceStore(store.database)
    ListingStore(store.database).withdraw(listing.id, listing.user_id)
    with pytest.raises(NotFoundError):
        ListingStore(store.database).open(listing.id)
    with pytest.raises(ConsentError):
        make_licence(store, listing, make_local(store, "late"))
    if notice:
        assert licences.meter(listing.voice_id, buyer.id, "u", "speak", 0, 10) is not None
        store.delete_voice(listing.voice_id, revoke=True)
    for number in (0, 1):
        with pytest.raises(ConsentError):
            licences.meter(listing.voice_id, buyer.id, "u", "speak", number, 10)


def test_a_licence_runs_out(store: Store) -> None:
    _, buyer, listing = make_market(store)
    make_licence(store, listing, buyer, expires=from_now(-1))
    with pytest.raises(ConsentError):
        LicenceStore(store.database).right(listing.voice_id, buyer.id)
    make_licence(store, listing, buyer, expires=from_now(60))
    assert LicenceStore(store.database).right(listing.voice_id, buyer.id) is not None


def test_use_is_metered_to_the_hundredth_and_once(store: Store) -> None:
    seller, buyer, listing = make_market(store)
    licences, ledger = LicenceStore(store.database), LedgerStore(store.database)
    make_licence(store, listing, buyer)
    voice = listing.voice_id
    # 2.50 for 1,000: 101 characters are 0.2525, so 0.26; 300 are 0.75; of which 80 % are earned.
    for _ in range(3):
        use = licences.meter(voice, buyer.id, "u", "speak", 0, 101)
    assert use is not None
    assert (use.characters, use.amount) == (101, 26)
    use = licences.meter(voice, buyer.id, "u", "speak", 1, 199)
    assert use is not None
    assert (use.characters, use.amount, use.parts) == (300, 75, 2)
    assert balances(store, buyer, seller) == [925, 20 + 39]
    assert ledger.balance("platform") == 6 + 10
    assert ledger.problems() == []
    assert ListingStore(store.database).open(listing.id).spoken == 300
    assert licences.meter(voice, seller.id, "own", "speak", 0, 10**9) is None
    with pytest.raises(LimitError, match=r"takes 24\.25 credits and the account holds 9\.25"):
        licences.meter(voice, buyer.id, "w", "speak", 0, 9_700)
    other = make_local(store, "other")
    make_licence(store, listing, other)
    with pytest.raises(NotFoundError):
        licences.meter(voice, other.id, "u", "speak", 5, 1)
    assert [p.amount for p in ledger.postings(buyer.id)] == [-49, -26, 1_000]
    assert [p.balance for p in ledger.postings(buyer.id)] == [925, 974, 1_000]


def test_what_is_given_back_is_given_back_once(store: Store) -> None:
    seller, buyer, listing = make_market(store)
    licences = LicenceStore(store.database)
    make_licence(store, listing, buyer)
    licences.meter(listing.voice_id, buyer.id, "u", "speak", 0, 1_000)
    assert balances(store, buyer, seller) == [750, 200]
    with pytest.raises(NotFoundError):
        licences.refund("u", buyer.id)
    assert licences.refund("u", seller.id) == 250
    assert balances(store, buyer, seller) == [1_000, 0]
    for by in (seller.id, None):
        with pytest.raises(InputError, match="already"):
            licences.refund("u", by)
    paid = make_listing(store, seller, name="Once", pricing="licence", price=400)
    licence = make_licence(store, paid, buyer)
    assert make_licence(store, paid, buyer).id == licence.id
    assert balances(store, buyer, seller) == [600, 320]
    licences.refund(licence.id, None)
    assert balances(store, buyer, seller) == [1_000, 0]
    assert licences.get(licence.id).ended
    assert LedgerStore(store.database).problems() == []


def test_a_licence_that_cannot_be_paid_is_none(store: Store) -> None:
    seller, buyer, _ = make_market(store)
    dear = make_listing(store, seller, name="Dear", pricing="licence", price=1_001)
    with pytest.raises(LimitError):
        make_licence(store, dear, buyer)
    assert LicenceStore(store.database).licensed(buyer.id) == []


def test_a_bound_of_characters_holds(store: Store) -> None:
    _, buyer, listing = make_market(store)
    make_licence(store, listing, buyer, terms={"max_characters": 100})
    licences = LicenceStore(store.database)
    licences.meter(listing.voice_id, buyer.id, "u", "speak", 0, 60)
    with pytest.raises(LimitError, match="allows 100 characters"):
        licences.meter(listing.voice_id, buyer.id, "u", "speak", 1, 41)
    licences.meter(listing.voice_id, buyer.id, "u", "speak", 1, 40)


def test_those_who_used_a_voice_rate_it(store: Store) -> None:
    _, buyer, listing = make_market(store)
    audience = AudienceStore(store.database)
    make_licence(store, listing, buyer)
    with pytest.raises(InputError, match="have used it"):
        audience.rate(buyer.id, listing.id, 5)
    LicenceStore(store.database).meter(listing.voice_id, buyer.id, "u", "speak", 0, 10)
    audience.rate(buyer.id, listing.id, 5)
    audience.rate(buyer.id, listing.id, 2)
    rated = ListingStore(store.database).open(listing.id)
    assert (rated.ratings, rated.stars) == (1, 2.0)
    with pytest.raises(InputError, match="1 to 5"):
        audience.rate(buyer.id, listing.id, 6)


def test_favourites_and_collections_hold_what_is_open(store: Store) -> None:
    seller, buyer, listing = make_market(store)
    audience = AudienceStore(store.database)
    audience.set_favourite(buyer.id, listing.id, True)
    made = audience.collect(buyer.id, "Books", listing.id)
    assert audience.collect(buyer.id, "books", listing.id).listings == (listing.id,)
    assert [each.id for each in audience.favourites(buyer.id)] == [listing.id]
    ListingStore(store.database).withdraw(listing.id, listing.user_id)
    assert audience.favourites(buyer.id) == []
    assert audience.collections(buyer.id)[0].listings == ()
    with pytest.raises(NotFoundError):
        audience.set_favourite(seller.id, listing.id, True)
    with pytest.raises(NotFoundError):
        audience.take_out(seller.id, made.id, listing.id)
    audience.take_out(buyer.id, made.id, listing.id)
    assert audience.collections(buyer.id) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount = 1",
        "DELETE FROM ledger_entries",
        "DELETE FROM ledger_transactions",
        "UPDATE ledger_transactions SET kind = 'refund'",
        "DELETE FROM ledger_seals",
        "UPDATE ledger_accounts SET balance = balance + 1 WHERE kind = 'credits'",
        "INSERT INTO ledger_entries (transaction_id, account_id, amount)"
        " SELECT id, 1, 5 FROM ledger_transactions LIMIT 1",
        "INSERT INTO ledger_transactions (id, key, kind, reference, at)"
        " VALUES ('t', 'k', 'use', 'r', '')",
        "INSERT INTO ledger_seals VALUES ('nothing')",
        "DELETE FROM licences",
        "UPDATE licences SET price = 0",
        "UPDATE licences SET text = 'other words'",
        "DELETE FROM uses",
        "UPDATE uses SET amount = amount - 1",
        "DELETE FROM listings",
        "UPDATE listings SET price = 1 WHERE state = 'published'",
        "UPDATE listings SET words = 'free' WHERE state = 'published'",
        "UPDATE listings SET state = 'draft' WHERE state = 'published'",
        "INSERT INTO ratings SELECT id, user_id, 5, '' FROM listings",
    ],
)
def test_the_database_refuses(store: Store, statement: str) -> None:
    _, buyer, listing = make_market(store)
    make_licence(store, listing, buyer)
    LicenceStore(store.database).meter(listing.voice_id, buyer.id, "u", "speak", 0, 10)
    with closing(sqlite3.connect(store.database.path)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.executescript(f"BEGIN; {statement}; COMMIT;")


def test_movements_balance_and_are_posted_once(store: Store) -> None:
    user, ledger = make_local(store), LedgerStore(store.database)
    give_credits(store, user, 500)
    give_credits(store, user, 500)
    assert ledger.balance("credits", user.id) == 500
    with pytest.raises(InputError, match="come to nothing"):
        ledger.post(Movement("odd", "top-up", "x", [Leg("credits", user.id, 5)]))
    with pytest.raises(InputError, match="another movement"):
        ledger.post(Movement(f"gift {user.id}", "top-up", "other", []))
    with pytest.raises(LimitError, match=r"holds 5\.00"):
        ledger.post(
            Movement(
                "more", "use", "x", [Leg("credits", user.id, -501), Leg("platform", None, 501)]
            )
        )
    assert ledger.balance("issued") == -500
    assert ledger.problems() == []


def test_many_at_once_spend_what_there_is_and_no_more(store: Store) -> None:
    seller, buyer, listing = make_market(store)
    make_licence(store, listing, buyer)
    licences, refused = LicenceStore(store.database), []

    def spend(name: int) -> None:
        for number in range(10):
            try:
                licences.meter(listing.voice_id, buyer.id, f"u{name}", "speak", number, 100)
            except LimitError:
                refused.append(name)
                return

    threads = [threading.Thread(target=spend, args=(name,)) for name in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balances(store, buyer, seller) == [0, 800]
    assert len(refused) == 5 - sum(u.parts == 10 for u in licences.uses(buyer.id))
    assert LedgerStore(store.database).problems() == []
