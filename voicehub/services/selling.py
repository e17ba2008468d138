"""The market as its sellers and its operator see it: offer, clips, review, withdraw, give back."""

from voicehub.errors import InputError
from voicehub.services.limits import Limits
from voicehub.services.market import check_account
from voicehub.services.misuse import check_new_name
from voicehub.services.offers import Draft, checked_offer
from voicehub.services.ownership import own_voice
from voicehub.services.runtime import Runtime
from voicehub.services.studio import SPEECH
from voicehub.store.business import BusinessStore, Earned, Overview
from voicehub.store.listings import ListingStore
from voicehub.store.market_records import Clip, Listing
from voicehub.store.records import OPERATOR, Job, User

_MOST_REASON = 400  # characters


class Selling:
    """Listings of users; what is somebody else's is not found."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.listings = ListingStore(runtime.store.database)
        self.business = BusinessStore(runtime.store.database)
        self.limits = Limits(runtime)

    def offer(self, user: User, voice_id: str, draft: Draft) -> Listing:
        """Begin or change the draft of a voice's listing."""
        check_account(user)
        voice = own_voice(self.runtime.store, voice_id, user.id)
        offer, key = checked_offer(draft)
        check_new_name(self.runtime, user.id, offer.name)
        self.runtime.store.check_consent(voice, "sell")
        return self.listings.draft(voice.id, user.id, offer, key)

    def make_clips(self, user: User, listing_id: str, *, key: str | None = None) -> Job:
        """Ask for the fixed sentences of a draft to be spoken."""
        listing = self.listings.own(listing_id, user.id)
        if listing.state != "draft":
            raise InputError("the clips are made while the listing is a draft; change it first")
        self.limits.check_room(user)
        return self.runtime.jobs.submit(
            user.id, "clips", SPEECH, {"listing_id": listing.id}, voice_id=listing.voice_id,
            idempotency_key=key, places=self.limits.places,
        )  # fmt: skip

    def submit(self, user: User, listing_id: str) -> Listing:
        """Send a draft to be reviewed; its clips are there by then."""
        return self.listings.submit(listing_id, user.id)

    def withdraw(self, user: User, listing_id: str) -> Listing:
        """Take a listing off the market at once, and what was published of its voice off the Hub.

        Licences last until the notice is over.
        """
        listing = self.listings.own(listing_id, user.id)
        withdrawn = self.listings.withdraw(listing.id, user.id)
        if listing.state == "published":
            self.runtime.outbox.withdraw(listing.voice_id, user.id)
        return withdrawn

    def own(self, user: User) -> list[Listing]:
        """Return a seller's listings, newest first."""
        return self.listings.of_user(user.id)

    def clips(self, user: User, listing_id: str) -> list[Clip]:
        """Return the clips of a seller's own listing."""
        return self.listings.clips(self.listings.own(listing_id, user.id).id)

    def earned(self, user: User) -> Earned:
        """Return what a seller's voices came to."""
        return self.business.earned(user.id)

    def refund(self, user: User, reference: str) -> int:
        """Give back what a licence or a use of one's own voices cost; return how much."""
        seller = None if user.id == OPERATOR else user.id
        return self.runtime.licences.refund(reference, seller)


class Review:
    """What the operator decides."""

    def __init__(self, runtime: Runtime) -> None:
        self.listings = ListingStore(runtime.store.database)
        self.business = BusinessStore(runtime.store.database)

    def waiting(self, state: str = "review") -> list[Listing]:
        """Return listings in a state, oldest first."""
        return self.listings.in_state(state)

    def approve(self, listing_id: str) -> Listing:
        """Publish a listing."""
        return self.listings.approve(listing_id)

    def refuse(self, listing_id: str, reason: str) -> Listing:
        """Refuse a listing; its seller reads the reason and can change it."""
        clean = " ".join(reason.split())
        if not 1 <= len(clean) <= _MOST_REASON:
            raise InputError(f"a reason needs 1 to {_MOST_REASON} characters, got {len(clean)}")
        return self.listings.refuse(listing_id, clean)

    def withdraw(self, listing_id: str) -> Listing:
        """Take a listing off the market with all licences of it, now."""
        return self.listings.withdraw(listing_id, OPERATOR, at_once=True)

    def overview(self) -> Overview:
        """Return how the installation does."""
        return self.business.overview()
