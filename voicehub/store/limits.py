"""How much was asked of late, by whom and from where: only counts are ever read."""

from sqlite_utils import Database as SqliteDatabase

from voicehub.store.database import Database
from voicehub.store.rows import from_now, insert, now


class LimitStore:
    """Requests of the last day; an address is kept as a salted hash alone."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def count(
        self,
        kind: str,
        seconds: float,
        *,
        user_id: str | None = None,
        address_sha256: str | None = None,
    ) -> int:
        """Return how many requests of a kind there were lately, by a user or from an address."""
        with self.database.read() as db:
            return _count(db, kind, seconds, user_id, address_sha256)

    def add(
        self, kind: str, *, user_id: str | None = None, address_sha256: str | None = None
    ) -> None:
        """Record one request."""
        with self.database.write_lightly() as db:
            _add(db, kind, user_id, address_sha256)

    def take(
        self,
        kind: str,
        seconds: float,
        at_most: int,
        *,
        user_id: str | None = None,
        address_sha256: str | None = None,
    ) -> bool:
        """Record one request where fewer than ``at_most`` came lately, and return whether so.

        Counting and recording are one: many at once do not pass together.
        """
        with self.database.write_lightly() as db:
            if _count(db, kind, seconds, user_id, address_sha256) >= at_most:
                return False
            _add(db, kind, user_id, address_sha256)
        return True

    def clear(self, kind: str, address_sha256: str) -> None:
        """Forget what came from an address, as wrong passwords after the right one."""
        with self.database.write_lightly() as db:
            db.execute(
                "DELETE FROM requests WHERE kind = ? AND address_sha256 = ?",
                [kind, address_sha256],
            )

    def sweep(self, seconds: float = 86_400.0) -> int:
        """Remove what is older than that; return how many rows."""
        with self.database.write_lightly() as db:
            return db.execute("DELETE FROM requests WHERE at < ?", [from_now(-seconds)]).rowcount


def _count(
    db: SqliteDatabase,
    kind: str,
    seconds: float,
    user_id: str | None,
    address_sha256: str | None,
) -> int:
    where, values = "kind = ? AND at > ?", [kind, from_now(-seconds)]
    for column, value in (("user_id", user_id), ("address_sha256", address_sha256)):
        if value is not None:
            where, values = f"{where} AND {column} = ?", [*values, value]
    return int(db.execute(f"SELECT count(*) FROM requests WHERE {where}", values).fetchone()[0])


def _add(db: SqliteDatabase, kind: str, user_id: str | None, address_sha256: str | None) -> None:
    insert(
        db,
        "requests",
        {"user_id": user_id, "address_sha256": address_sha256, "kind": kind, "at": now()},
    )
