"""What marks lead to: a voice, its consent and the log, found by payload or by the sound's hash."""

import secrets
from dataclasses import asdict
from typing import Any

from voicehub.errors import VoiceHubError
from voicehub.store.database import Database
from voicehub.store.mark_records import Generation, Mark
from voicehub.store.rows import insert, now, select_one

PAYLOADS = 2**32
_TRIES = 20


class MarkStore:
    """Payloads, each given out once; rows only come and never change."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def reserve(self, **origin: Any) -> Mark:
        """Record a mark of a payload that no other speech bears; ``origin`` is the rest of it.

        Raises ``ConsentError`` where the consent does not hold.
        """
        with self.database.write() as db:
            for _ in range(_TRIES):
                mark = Mark(secrets.randbelow(PAYLOADS), now(), **origin)
                if select_one(db, Mark, "marks", "payload = ?", [mark.payload]) is None:
                    insert(db, "marks", asdict(mark))
                    return mark
        raise VoiceHubError("no free payload was found for the mark; nothing can be spoken")

    def add_part(self, mark: Mark, number: int, seconds: float, sha256: str) -> None:
        """Record a part that is about to leave; raise ``ConsentError`` where that may not be."""
        row = {
            "payload": mark.payload, "number": number, "created": now(), "seconds": seconds,
            "sha256": sha256,
        }  # fmt: skip
        with self.database.write() as db:
            insert(db, "mark_parts", row)

    def find(self, payload: int) -> Mark | None:
        """Return what a payload leads to."""
        with self.database.read() as db:
            return select_one(db, Mark, "marks", "payload = ?", [payload])

    def by_sound(self, sha256: str) -> Mark | None:
        """Return what made exactly this PCM, whole or one of its parts."""
        where = (
            "payload IN (SELECT payload FROM generations WHERE sha256 = ?"
            " UNION SELECT payload FROM mark_parts WHERE sha256 = ?)"
        )
        with self.database.read() as db:
            return select_one(db, Mark, "marks", where, [sha256, sha256])

    def generation(self, payload: int) -> Generation | None:
        """Return the log's entry of speech that was heard to its end."""
        with self.database.read() as db:
            return select_one(db, Generation, "generations", "payload = ?", [payload])

    def count(self) -> int:
        """Return how many payloads are in use: as many could be hit by chance."""
        with self.database.read() as db:
            return int(db.execute("SELECT count(*) FROM marks").fetchone()[0])
