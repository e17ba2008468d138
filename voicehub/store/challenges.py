"""Words to be read aloud: each is answered once, by whom it was made for, before it expires."""

from dataclasses import asdict

from voicehub.errors import ConsentError
from voicehub.store.database import Database
from voicehub.store.records import Challenge
from voicehub.store.rows import insert, now, owned, select


class ChallengeStore:
    """Challenges; a consent that names one uses it up, in the database itself."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, challenge: Challenge) -> None:
        """Record a challenge."""
        with self.database.write() as db:
            insert(db, "challenges", asdict(challenge))

    def get(self, challenge_id: str, user_id: str) -> Challenge:
        """Return a user's own challenge; anybody else's is not found."""
        with self.database.read() as db:
            return owned(db, Challenge, "challenges", challenge_id, user_id)

    def attempt(self, challenge_id: str, user_id: str) -> Challenge:
        """Count a reading and return the challenge.

        Raises ``ConsentError`` where it was answered before or has expired.
        """
        with self.database.write() as db:
            challenge = owned(db, Challenge, "challenges", challenge_id, user_id)
            if challenge.used is not None:
                raise ConsentError("this code was used already; ask for a new one")
            if challenge.expires <= now():
                raise ConsentError("this code has expired; ask for a new one")
            db.execute("UPDATE challenges SET attempts = attempts + 1 WHERE id = ?", [challenge_id])
            return owned(db, Challenge, "challenges", challenge_id, user_id)

    def of_user(self, user_id: str, since: str) -> list[Challenge]:
        """Return a user's challenges made since a time, oldest first."""
        where = "user_id = ? AND created >= ? ORDER BY created, id"
        with self.database.read() as db:
            return select(db, Challenge, "challenges", where, [user_id, since])

    def attempts(self, user_id: str, since: str) -> int:
        """Return how often a user tried to answer challenges made since a time."""
        return sum(challenge.attempts for challenge in self.of_user(user_id, since))

    def sweep(self, before: str) -> int:
        """Remove challenges that expired before a time without an answer; return how many."""
        with self.database.write() as db:
            found = db.execute(
                "DELETE FROM challenges WHERE used IS NULL AND expires < ?", [before]
            )
            return found.rowcount
