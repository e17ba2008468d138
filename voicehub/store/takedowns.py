"""Voices that were taken down after a report: hidden and silent until the decision is reversed."""

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import ConsentError
from voicehub.store.database import Database
from voicehub.store.rows import insert, new_id, now

_MESSAGE = "this voice was taken down after a report, nothing can be made with it"


class TakedownStore:
    """Which voices are down."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def check(self, voice_id: str | None) -> None:
        """Raise ``ConsentError`` where a voice is down, for what was made with it before."""
        with self.database.read() as db:
            check_not_taken_down(db, voice_id)


def check_not_taken_down(db: SqliteDatabase, voice_id: str | None) -> None:
    """Raise ``ConsentError`` where a voice is down."""
    if down_id(db, voice_id):
        raise ConsentError(_MESSAGE)


def down_id(db: SqliteDatabase, voice_id: str | None) -> str | None:
    """Return the takedown that holds for a voice, None where there is none."""
    where = "voice_id = ? AND lifted IS NULL"
    found = db.execute(f"SELECT id FROM takedowns WHERE {where}", [voice_id]).fetchone()
    return str(found[0]) if found else None


def take_down(db: SqliteDatabase, voice_id: str, report_id: str) -> None:
    """Take a voice down within a transaction: nothing new starts, and what runs is told to stop."""
    if down_id(db, voice_id) is None:
        row = {"id": new_id(), "voice_id": voice_id, "report_id": report_id, "at": now()}
        insert(db, "takedowns", row)
    stop_jobs(db, "voice_id", voice_id)


def lift(db: SqliteDatabase, voice_id: str) -> bool:
    """Let a voice be used again, within a transaction, and return whether it was down."""
    where = "voice_id = ? AND lifted IS NULL"
    done = db.execute(f"UPDATE takedowns SET lifted = ? WHERE {where}", [now(), voice_id])
    return done.rowcount > 0


def stop_jobs(db: SqliteDatabase, column: str, value: str) -> None:
    """Cancel within a transaction the jobs of a voice or a consent; a worker is told at its next look."""
    db.execute(
        f"UPDATE jobs SET state = 'cancelled', finished = ? WHERE {column} = ? AND state = 'queued'",
        [now(), value],
    )
    db.execute(
        f"UPDATE jobs SET cancel_requested = 1 WHERE {column} = ? AND state = 'running'", [value]
    )
