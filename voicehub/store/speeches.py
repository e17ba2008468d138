"""The history of one's own speech: the rows; the sound lies in files the caller looks after."""

from dataclasses import asdict

from voicehub.store.database import Database
from voicehub.store.records import Speech
from voicehub.store.rows import insert, now, owned, select

_HERE = (
    "deleted IS NULL AND (expires IS NULL OR expires > ?) AND NOT EXISTS"
    " (SELECT 1 FROM takedowns WHERE voice_id = speeches.voice_id AND lifted IS NULL)"
)


class SpeechStore:
    """Pieces of speech that can be heard again by whom they were made for."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, speech: Speech) -> None:
        """Record speech; raise ``ConsentError`` unless it is of the user's own voice and holds."""
        with self.database.write() as db:
            insert(db, "speeches", asdict(speech))

    def get(self, speech_id: str, user_id: str) -> Speech:
        """Return a user's own speech; anybody else's, or what was removed, is not found."""
        with self.database.read() as db:
            return owned(db, Speech, "speeches", speech_id, user_id)

    def of_user(self, user_id: str, limit: int = 50) -> list[Speech]:
        """Return a user's speech, newest first."""
        where = f"user_id = ? AND {_HERE} ORDER BY created DESC, rowid DESC LIMIT {int(limit)}"
        with self.database.read() as db:
            return select(db, Speech, "speeches", where, [user_id, now()])

    def of_voice(self, voice_id: str) -> list[Speech]:
        """Return what was said with a voice and is still there, as when the voice is to go."""
        with self.database.read() as db:
            where = "voice_id = ? AND deleted IS NULL ORDER BY created"
            return select(db, Speech, "speeches", where, [voice_id])

    def remove(self, speech_id: str, user_id: str) -> Speech:
        """Take a user's own speech out of the history and return it; the caller removes its file."""
        with self.database.write() as db:
            speech = owned(db, Speech, "speeches", speech_id, user_id)
            db.execute(
                "UPDATE speeches SET deleted = ?, text = '' WHERE id = ?",
                [now(), speech_id],
            )
        return speech

    def expired(self) -> list[Speech]:
        """Return the speech whose time is over and that is still to be removed."""
        with self.database.read() as db:
            where = "deleted IS NULL AND expires <= ? ORDER BY expires"
            return select(db, Speech, "speeches", where, [now()])
