"""Listings as rows: drafts, their clips, their review, and what is there for everybody to see."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import InputError, NotFoundError
from voicehub.store.chain import audit
from voicehub.store.database import Database
from voicehub.store.market_records import PRICES, Clip, Listing, Offer
from voicehub.store.records import OPERATOR
from voicehub.store.rows import encoded, from_now, insert, new_id, now, select, select_one
from voicehub.store.words import facet, indexed

_DAY = 86_400.0
_GONE = "there is no listing {!r}, or it is not published any more"


class ListingStore:
    """Voices that are offered; the database hides one as soon as its voice or consent goes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def draft(self, voice_id: str, user_id: str, offer: Offer, name_key: str) -> Listing:
        """Begin a listing, or change one that is a draft, refused or waiting, back to a draft.

        Its clips go with a change of the language; raises ``ConsentError`` for a voice that may
        not be offered and ``InputError`` for one that is published.
        """
        row = listing_row(offer, name_key)
        with self.database.write() as db:
            where = "voice_id = ? AND user_id = ? AND state <> 'withdrawn'"
            known = select_one(db, Listing, "listings", where, [voice_id, user_id])
            if known is None:
                fresh = {"id": new_id(), "voice_id": voice_id, "user_id": user_id, "created": now()}
                insert(db, "listings", fresh | row)
                return _own(db, str(fresh["id"]), user_id)
            if known.state == "published":
                raise InputError("this voice is published; withdraw the listing to change it")
            if known.state != "draft":
                db.execute("UPDATE listings SET state = 'draft' WHERE id = ?", [known.id])
            changes = ", ".join(f"{name} = ?" for name in row)
            values = [encoded(name, value) for name, value in row.items()]
            db.execute(f"UPDATE listings SET {changes} WHERE id = ?", [*values, known.id])
            if known.language != offer.language:
                db.execute("DELETE FROM listing_clips WHERE listing_id = ?", [known.id])
            return _own(db, known.id, user_id)

    def keep_clips(
        self, listing_id: str, clips: Sequence[Clip], embedding: NDArray[np.float32]
    ) -> None:
        """Record what a draft sounds like in place of what it had; ``embedding`` is (256,)."""
        with self.database.write() as db:
            db.execute("DELETE FROM listing_clips WHERE listing_id = ?", [listing_id])
            for clip in clips:
                insert(db, "listing_clips", asdict(clip))
            db.execute(
                "INSERT OR REPLACE INTO listing_sounds (number, added, embedding)"
                " SELECT number, (SELECT coalesce(max(added), 0) + 1 FROM listing_sounds), ?"
                " FROM listings WHERE id = ?",
                [embedding.astype("<f4").tobytes(), listing_id],
            )

    def submit(self, listing_id: str, user_id: str) -> Listing:
        """Send a draft to be reviewed."""
        with self.database.write() as db:
            listing = _own(db, listing_id, user_id)
            _check_name(db, listing)
            db.execute("UPDATE listings SET state = 'review' WHERE id = ?", [listing.id])
            audit(db, "listing.submitted", user_id, listing.id, {"voice_id": listing.voice_id})
            return _own(db, listing_id, user_id)

    def approve(self, listing_id: str) -> Listing:
        """Publish what was reviewed."""
        changes = "state = 'published', reason = NULL, published = ?"
        return self._decide(listing_id, "listing.published", changes, now())

    def refuse(self, listing_id: str, reason: str) -> Listing:
        """Refuse what was reviewed, with the reason that its seller reads."""
        return self._decide(listing_id, "listing.refused", "state = 'refused', reason = ?", reason)

    def withdraw(self, listing_id: str, by: str, at_once: bool = False) -> Listing:
        """Hide a listing now; its licences last until its notice is over, or end now as well.

        ``by`` is the user who does it.
        """
        with self.database.write() as db:
            listing = _any(db, listing_id)
            if listing.state == "withdrawn" and not at_once:
                raise InputError(f"{listing.name!r} is withdrawn already")
            notice = 0 if at_once or listing.state != "published" else listing.notice_days
            db.execute(
                "UPDATE listings SET state = 'withdrawn', ends = min(coalesce(ends, ?1), ?1)"
                " WHERE id = ?2",
                [from_now(notice * _DAY), listing.id],
            )
            told = {"voice_id": listing.voice_id, "notice_days": notice}
            audit(db, "listing.withdrawn", by, listing.id, told)
            return _any(db, listing_id)

    def get(self, listing_id: str) -> Listing:
        """Return a listing whatever its state; for the operator and for its receipts."""
        with self.database.read() as db:
            return _any(db, listing_id)

    def own(self, listing_id: str, user_id: str) -> Listing:
        """Return a seller's own listing; anybody else's is not found."""
        with self.database.read() as db:
            return _own(db, listing_id, user_id)

    def open(self, listing_id: str) -> Listing:
        """Return a listing that is published and whose consent holds; any other is not found."""
        with self.database.read() as db:
            found = select_one(db, Listing, "open_listings", "id = ?", [listing_id])
        if found is None:
            raise NotFoundError(_GONE.format(listing_id))
        return found

    def of_user(self, user_id: str) -> list[Listing]:
        """Return a seller's listings, newest first."""
        where = "user_id = ? ORDER BY created DESC, number DESC"
        with self.database.read() as db:
            return select(db, Listing, "listings", where, [user_id])

    def in_state(self, state: str, limit: int = 200) -> list[Listing]:
        """Return listings in a state, oldest first."""
        with self.database.read() as db:
            where = f"state = ? ORDER BY created, number LIMIT {int(limit)}"
            return select(db, Listing, "listings", where, [state])

    def clips(self, listing_id: str) -> list[Clip]:
        """Return what a listing sounds like."""
        with self.database.read() as db:
            return select(db, Clip, "listing_clips", "listing_id = ? ORDER BY number", [listing_id])

    def clips_of(self, listing_ids: Sequence[str]) -> dict[str, list[Clip]]:
        """Return the clips of many listings."""
        marks = ", ".join("?" * len(listing_ids))
        where = f"listing_id IN ({marks}) ORDER BY listing_id, number"
        found: dict[str, list[Clip]] = {each: [] for each in listing_ids}
        with self.database.read() as db:
            for clip in select(db, Clip, "listing_clips", where, listing_ids):
                found[clip.listing_id].append(clip)
        return found

    def sellers(self, listings: Sequence[Listing]) -> dict[str, str]:
        """Return the names of those who offer ``listings``."""
        users = sorted({listing.user_id for listing in listings})
        marks = ", ".join("?" * len(users))
        with self.database.read() as db:
            found = db.execute(f"SELECT id, name FROM users WHERE id IN ({marks})", users)
            return {user_id: name or "" for user_id, name in found.fetchall()}

    def _decide(self, listing_id: str, kind: str, changes: str, value: str) -> Listing:
        with self.database.write() as db:
            listing = _any(db, listing_id)
            if listing.state != "review":
                raise InputError(
                    f"{listing.name!r} does not wait for a review, it is {listing.state}"
                )
            db.execute(f"UPDATE listings SET {changes} WHERE id = ?", [value, listing.id])
            audit(db, kind, OPERATOR, listing.id, {"voice_id": listing.voice_id})
            return _any(db, listing_id)


def listing_row(offer: Offer, name_key: str) -> dict[str, Any]:
    """Return what is kept of an offer, with the words and facets it is found by."""
    facets = [
        facet("language", offer.language), facet("gender", offer.gender), facet("age", offer.age),
        facet("accent", offer.accent), facet("tier", offer.tier), facet("pricing", offer.pricing),
        *(facet("case", case) for case in offer.cases),
        *(facet("price", name) for name, most in PRICES.items() if offer.price <= most),
    ]  # fmt: skip
    return {
        **asdict(offer), "name_key": name_key, "terms": offer.terms.as_dict(),
        "words": indexed(" ".join([offer.name, offer.description, *offer.tags])),
        "facets": " ".join(facets),
    }  # fmt: skip


def _check_name(db: SqliteDatabase, listing: Listing) -> None:
    taken = db.execute(
        "SELECT 1 FROM listings WHERE state IN ('review', 'published') AND id <> ?1"
        " AND name_key = (SELECT name_key FROM listings WHERE id = ?1)",
        [listing.id],
    ).fetchone()
    if taken:
        raise InputError(f"a voice is offered as {listing.name!r} already; choose another name")


def _own(db: SqliteDatabase, listing_id: str, user_id: str) -> Listing:
    found = select_one(db, Listing, "listings", "id = ? AND user_id = ?", [listing_id, user_id])
    if found is None:
        raise NotFoundError(_GONE.format(listing_id))
    return found


def _any(db: SqliteDatabase, listing_id: str) -> Listing:
    found = select_one(db, Listing, "listings", "id = ?", [listing_id])
    if found is None:
        raise NotFoundError(_GONE.format(listing_id))
    return found
