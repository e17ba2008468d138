"""What visitors do with listings: listen, keep, gather and rate them."""

from dataclasses import asdict, dataclass

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import InputError, NotFoundError
from voicehub.store.database import Database
from voicehub.store.market_records import Collection, Listing
from voicehub.store.rows import insert, new_id, now, select, select_one

MOST_COLLECTIONS, MOST_ITEMS = 50, 500


class AudienceStore:
    """Plays, favourites, collections and ratings."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def played(self, listing_id: str, listener: str) -> None:
        """Count that somebody heard a clip; ``listener`` is a hash that holds for a day."""
        with self.database.write_lightly() as db:
            db.execute(
                "INSERT INTO listing_plays (listing_id, day, listener) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET plays = plays + 1",
                [listing_id, now()[:10], listener],
            )

    def set_favourite(self, user_id: str, listing_id: str, kept: bool) -> None:
        """Keep an open listing among one's favourites, or no longer."""
        with self.database.write() as db:
            if kept:
                _check_open(db, listing_id)
                db.execute(
                    "INSERT OR IGNORE INTO favourites VALUES (?, ?, ?)",
                    [user_id, listing_id, now()],
                )
            else:
                db.execute(
                    "DELETE FROM favourites WHERE user_id = ? AND listing_id = ?",
                    [user_id, listing_id],
                )

    def favourites(self, user_id: str) -> list[Listing]:
        """Return the favourites of a user that are open now, newest first."""
        where = (
            "id IN (SELECT listing_id FROM favourites WHERE user_id = ?1) ORDER BY (SELECT at FROM"
            " favourites WHERE user_id = ?1 AND listing_id = id) DESC"
        )
        with self.database.read() as db:
            return select(db, Listing, "open_listings", where, [user_id])

    def rate(self, user_id: str, listing_id: str, stars: int) -> None:
        """Give an open listing one to five stars, or other ones than before."""
        if stars not in (1, 2, 3, 4, 5):
            raise InputError(f"a rating needs 1 to 5 stars, got {stars}")
        with self.database.write() as db:
            _check_open(db, listing_id)
            db.execute(
                "INSERT INTO ratings VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " stars = excluded.stars, at = excluded.at",
                [listing_id, user_id, stars, now()],
            )

    def collect(self, user_id: str, name: str, listing_id: str) -> Collection:
        """Put an open listing into the user's collection of that name, which is made if need be."""
        with self.database.write() as db:
            _check_open(db, listing_id)
            where = "user_id = ? AND name = ? COLLATE NOCASE"
            known = select_one(db, _Row, "collections", where, [user_id, name])
            if known is None:
                (made,) = db.execute(
                    "SELECT count(*) FROM collections WHERE user_id = ?", [user_id]
                ).fetchone()
                if made >= MOST_COLLECTIONS:
                    raise InputError(
                        f"{MOST_COLLECTIONS} collections are allowed; delete one first"
                    )
                known = _Row(new_id(), user_id, name, now())
                insert(db, "collections", asdict(known))
            (items,) = db.execute(
                "SELECT count(*) FROM collection_items WHERE collection_id = ?", [known.id]
            ).fetchone()
            if items >= MOST_ITEMS:
                raise InputError(f"a collection holds at most {MOST_ITEMS} voices")
            db.execute(
                "INSERT OR IGNORE INTO collection_items VALUES (?, ?, ?)",
                [known.id, listing_id, now()],
            )
            return _collection(db, known)

    def take_out(self, user_id: str, collection_id: str, listing_id: str) -> None:
        """Take a listing out of a collection; an empty one goes."""
        with self.database.write() as db:
            where = "id = ? AND user_id = ?"
            if select_one(db, _Row, "collections", where, [collection_id, user_id]) is None:
                raise NotFoundError(f"there is no collection {collection_id!r}")
            db.execute(
                "DELETE FROM collection_items WHERE collection_id = ? AND listing_id = ?",
                [collection_id, listing_id],
            )
            db.execute(
                "DELETE FROM collections WHERE id = ?1 AND NOT EXISTS"
                " (SELECT 1 FROM collection_items WHERE collection_id = ?1)",
                [collection_id],
            )

    def collections(self, user_id: str) -> list[Collection]:
        """Return a user's collections by name, each with its listings that are open now."""
        with self.database.read() as db:
            rows = select(db, _Row, "collections", "user_id = ? ORDER BY name", [user_id])
            return [_collection(db, row) for row in rows]


@dataclass(frozen=True)
class _Row:
    """A row of `collections`, whose listings stand elsewhere."""

    id: str
    user_id: str
    name: str
    created: str


def _collection(db: SqliteDatabase, row: _Row) -> Collection:
    found = db.execute(
        "SELECT listing_id FROM collection_items JOIN open_listings ON open_listings.id = listing_id"
        " WHERE collection_id = ? ORDER BY at, listing_id",
        [row.id],
    ).fetchall()
    return Collection(row.id, row.user_id, row.name, row.created, tuple(each[0] for each in found))


def _check_open(db: SqliteDatabase, listing_id: str) -> None:
    if not db.execute("SELECT 1 FROM open_listings WHERE id = ?", [listing_id]).fetchone():
        raise NotFoundError(f"there is no listing {listing_id!r}, or it is not published any more")
