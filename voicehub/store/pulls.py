"""Voices that came from a hub: their consent, their origin, and the keys that are trusted."""

from collections.abc import Callable
from dataclasses import asdict

from voicehub.store.chain import audit
from voicehub.store.checkpoints import first_checkpoint, insert_checkpoint
from voicehub.store.database import Database
from voicehub.store.hub_records import Pull
from voicehub.store.records import Consent, Voice
from voicehub.store.rows import insert, now, select, select_one
from voicehub.store.store import check_name


class PullStore:
    """What was pulled; the proof stays when the voice goes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, pull: Pull, consent: Consent, voice: Voice, publish: Callable[[], None]) -> None:
        """Record a pulled voice with its legal basis and put its files in place: all or nothing."""
        with self.database.write() as db:
            check_name(db, voice.name, voice.owner_id)
            insert(db, "consents", asdict(consent))
            told = {"kind": consent.kind, "consent_sha256": pull.consent_sha256}
            audit(db, "consent.given", consent.user_id, consent.id, told)
            insert(db, "voices", asdict(voice))
            made = {"consent_id": consent.id, "kind": voice.kind}
            audit(db, "voice.made", voice.owner_id, voice.id, made)
            insert(db, "pulls", asdict(pull))
            insert_checkpoint(db, first_checkpoint(voice))
            publish()

    def of_voice(self, voice_id: str) -> Pull | None:
        """Return where a voice was pulled from; None where it was made here."""
        with self.database.read() as db:
            return select_one(db, Pull, "pulls", "voice_id = ?", [voice_id])

    def here(self) -> list[Pull]:
        """Return the pulled voices that can be used, oldest first."""
        where = "voice_id IN (SELECT id FROM voices WHERE status = 'ready') ORDER BY created, rowid"
        with self.database.read() as db:
            return select(db, Pull, "pulls", where)

    def trusted_keys(self, endpoint: str, owner: str) -> list[str]:
        """Return the keys under which an owner's voices were taken so far."""
        with self.database.read() as db:
            found = db.execute(
                "SELECT public_key FROM trusted_keys WHERE endpoint = ? AND owner = ?"
                " ORDER BY first_seen",
                [endpoint, owner],
            )
            return [row[0] for row in found.fetchall()]

    def trust(self, endpoint: str, owner: str, public_key: str) -> None:
        """Take voices under this key from now on."""
        with self.database.write() as db:
            db.execute(
                "INSERT OR IGNORE INTO trusted_keys (endpoint, owner, public_key, first_seen)"
                " VALUES (?, ?, ?, ?)",
                [endpoint, owner, public_key, now()],
            )
