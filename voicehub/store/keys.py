"""Keys of programs: their hashes, what each may do, and how much it has had today."""

from dataclasses import asdict

from voicehub.errors import NotFoundError
from voicehub.store.database import Database
from voicehub.store.hub_records import ApiKey
from voicehub.store.rows import insert, now, select, select_one

_VALID = "revoked IS NULL AND user_id IN (SELECT id FROM users WHERE deleted IS NULL)"


class KeyStore:
    """API keys; a secret itself is nowhere."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, key: ApiKey) -> None:
        """Record a key."""
        with self.database.write() as db:
            insert(db, "api_keys", asdict(key))

    def by_secret(self, secret_sha256: str) -> ApiKey | None:
        """Return the key with this hash, where it is valid."""
        with self.database.read() as db:
            where = f"secret_sha256 = ? AND {_VALID}"
            return select_one(db, ApiKey, "api_keys", where, [secret_sha256])

    def of_user(self, user_id: str) -> list[ApiKey]:
        """Return a user's keys, oldest first, the revoked ones too."""
        with self.database.read() as db:
            where = "user_id = ? ORDER BY created, rowid"
            return select(db, ApiKey, "api_keys", where, [user_id])

    def revoke(self, key_id: str, user_id: str) -> ApiKey:
        """End a user's own key; anybody else's is not found."""
        with self.database.write() as db:
            where = "id = ? AND user_id = ? AND revoked IS NULL"
            key = select_one(db, ApiKey, "api_keys", where, [key_id, user_id])
            if key is None:
                raise NotFoundError(f"there is no key {key_id!r}")
            db.execute("UPDATE api_keys SET revoked = ? WHERE id = ?", [now(), key_id])
        return key

    def take(self, key: ApiKey, characters: int) -> bool:
        """Count a request against the day's quota; False, and nothing is counted, where it is over.

        Reading and counting are one: many requests at once do not pass together.
        """
        day = now()[:10]
        with self.database.write_lightly() as db:
            found = db.execute(
                "SELECT characters FROM api_usage WHERE key_id = ? AND day = ?", [key.id, day]
            ).fetchone()
            if (found[0] if found else 0) + characters > key.characters_a_day:
                return False
            db.execute(
                "INSERT INTO api_usage (key_id, day, requests, characters) VALUES (?, ?, 1, ?)"
                " ON CONFLICT (key_id, day) DO UPDATE SET requests = requests + 1,"
                " characters = characters + excluded.characters",
                [key.id, day, characters],
            )
            db.execute("UPDATE api_keys SET last_used = ? WHERE id = ?", [now(), key.id])
        return True

    def give_back(self, key: ApiKey, characters: int) -> None:
        """Take back what was counted for a request that was refused."""
        with self.database.write_lightly() as db:
            db.execute(
                "UPDATE api_usage SET characters = max(characters - ?, 0)"
                " WHERE key_id = ? AND day = ?",
                [characters, key.id, now()[:10]],
            )

    def used_today(self, key_id: str) -> int:
        """Return how many characters a key has had spoken today, by UTC."""
        with self.database.read() as db:
            found = db.execute(
                "SELECT characters FROM api_usage WHERE key_id = ? AND day = ?",
                [key_id, now()[:10]],
            ).fetchone()
        return int(found[0]) if found else 0
