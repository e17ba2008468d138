"""The market as its visitors see it: find, listen, keep, accept a licence, rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voicehub.audio.files import read_audio
from voicehub.errors import InputError, NotFoundError
from voicehub.services.licence_text import TEXT_VERSION, licence_text, text_sha256
from voicehub.services.limits import salted_sha256
from voicehub.services.names import checked_phrase
from voicehub.services.passport import Passport, passport
from voicehub.services.payments import Till
from voicehub.services.runtime import Runtime
from voicehub.services.similar import SimilarVoices
from voicehub.store.audience import AudienceStore
from voicehub.store.ledger import LedgerStore
from voicehub.store.listings import ListingStore
from voicehub.store.market_records import Clip, Collection, Licence, Listing, Posting, Use
from voicehub.store.records import User
from voicehub.store.rows import from_now, new_id, now
from voicehub.store.search import Found, Query, SearchStore

_DAY = 86_400.0
_MOST_SECONDS = 60.0  # of a sample that voices are compared with


@dataclass(frozen=True)
class Card:
    """A listing as it is shown; ``likeness`` is its cosine to a sample, where one was given."""

    listing: Listing
    seller: str
    clips: Sequence[Clip]
    likeness: float | None = None


class Market:
    """What is published, for everybody; what needs an account says so."""

    def __init__(self, runtime: Runtime) -> None:
        database = runtime.store.database
        self.runtime = runtime
        self.listings, self.searches = ListingStore(database), SearchStore(database)
        self.licences, self.audience = runtime.licences, AudienceStore(database)
        self.ledger = LedgerStore(database)
        self.till = Till(self.ledger)
        self.similar_voices = SimilarVoices(self.searches)

    def search(self, query: Query) -> tuple[list[Card], int]:
        """Return a page of what matches, and how many do (``search.MANY``: that or more)."""
        found: Found = self.searches.search(query)
        return self.cards(found.listings), found.total

    def similar(self, sample: Path, limit: int = 12) -> list[Card]:
        """Return the voices that sound most like a recording, which is not kept."""
        from voicehub.speaker.embedding import default_encoder

        waveform = read_audio(sample, max_seconds=_MOST_SECONDS)
        found = self.similar_voices.nearest(default_encoder().embed(waveform), limit)
        return self.cards([each for each, _ in found], [likeness for _, likeness in found])

    def cards(
        self, listings: Sequence[Listing], likeness: Sequence[float | None] | None = None
    ) -> list[Card]:
        """Return listings with what is shown beside them."""
        names = self.listings.sellers(listings)
        clips = self.listings.clips_of([each.id for each in listings])
        near = likeness or [None] * len(listings)
        return [
            Card(each, names.get(each.user_id, ""), clips[each.id], close)
            for each, close in zip(listings, near, strict=True)
        ]

    def card(self, listing_id: str) -> Card:
        """Return one open listing."""
        return self.cards([self.listings.open(listing_id)])[0]

    def passport(self, listing_id: str) -> Passport:
        """Return all that was measured of the voice of an open listing."""
        return passport(self.runtime, self.listings.open(listing_id))

    def clip(self, listing_id: str, number: int, user: User | None = None) -> Path:
        """Return where a clip of an open listing lies, or of the user's own whatever its state."""
        try:
            self.listings.open(listing_id)
        except NotFoundError:
            own = self.listings.own(listing_id, user.id) if user else None
            if own is None or own.state == "withdrawn":
                raise
            self.runtime.takedowns.check(own.voice_id)
        clips = self.listings.clips(listing_id)
        path = self.runtime.home / clips[number].path if 0 <= number < len(clips) else None
        if path is None or not path.is_file():
            raise NotFoundError(f"there is no clip {number} of this listing")
        return path

    def played(self, listing_id: str, who: str) -> None:
        """Count a play by ``who``, a session or an address, of whom a hash for this day is kept."""
        listener = salted_sha256(self.runtime, f"{now()[:10]} {who}")[:16]
        self.audience.played(listing_id, listener)

    def text(self, listing_id: str, language: str) -> tuple[str, str]:
        """Return the words of the licence of an open listing, and their hash."""
        text = licence_text(self.listings.open(listing_id), language)
        return text, text_sha256(text)

    def accept(self, user: User, listing_id: str, text_hash: str, language: str) -> Licence:
        """Accept a licence by the hash of the words that were read, and pay where it costs."""
        check_account(user)
        listing = self.listings.open(listing_id)
        if listing.user_id == user.id:
            raise InputError("this is your own voice; it needs no licence")
        text = licence_text(listing, language)
        if text_sha256(text) != text_hash:
            raise InputError("read the licence and accept it; its words have changed meanwhile")
        days = listing.terms.get("days")
        return self.licences.accept(
            Licence(
                new_id(), listing.id, user.id, listing.tier, listing.terms, listing.pricing,
                listing.price, text, TEXT_VERSION, text_hash, now(),
                from_now(days * _DAY) if days else None,
            )
        )  # fmt: skip

    def licensed(self, user: User) -> list[tuple[Licence, Listing]]:
        """Return the valid licences of a user with what they are of, newest first."""
        return self.licences.licensed(user.id)

    def receipts(self, user: User) -> list[Use]:
        """Return a receipt for each piece of speech under a licence, newest first."""
        return self.licences.uses(user.id)

    def balance(self, user: User) -> int:
        """Return a user's credits in hundredths."""
        return self.ledger.balance("credits", user.id)

    def postings(self, user: User) -> list[Posting]:
        """Return the lines of a user's accounts, newest first."""
        return self.ledger.postings(user.id)

    def top_up(self, user: User) -> int:
        """Bring the day's demo credits to an account; return what it holds."""
        return self.till.top_up(user)

    def set_favourite(self, user: User, listing_id: str, kept: bool) -> None:
        """Keep a listing among one's favourites, or no longer."""
        check_account(user)
        self.audience.set_favourite(user.id, listing_id, kept)

    def favourites(self, user: User) -> list[Card]:
        """Return a user's favourites that are open now."""
        return self.cards(self.audience.favourites(user.id))

    def rate(self, user: User, listing_id: str, stars: int) -> Listing:
        """Rate a voice that one has used; return its listing with the new mean."""
        check_account(user)
        self.audience.rate(user.id, listing_id, stars)
        return self.listings.open(listing_id)

    def collect(self, user: User, name: str, listing_id: str) -> Collection:
        """Put a listing into a collection of one's own."""
        check_account(user)
        return self.audience.collect(
            user.id, checked_phrase("the name of a collection", name, 60), listing_id
        )

    def take_out(self, user: User, collection_id: str, listing_id: str) -> None:
        """Take a listing out of a collection of one's own."""
        self.audience.take_out(user.id, collection_id, listing_id)

    def collections(self, user: User) -> list[Collection]:
        """Return one's collections with what of them is open now."""
        return self.audience.collections(user.id)


def check_account(user: User) -> None:
    """Raise ``InputError`` for a guest: what is bought, sold or kept here needs an account."""
    if user.kind == "guest":
        raise InputError("this needs an account; make one or log in, all that is yours stays")
