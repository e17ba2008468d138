"""What newcomers are compared with: voiceprints, the opt-out list, and fingerprints of sound."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from voicehub.errors import NotFoundError
from voicehub.store.chain import audit
from voicehub.store.check_records import Impersonation, OptOut
from voicehub.store.database import Database
from voicehub.store.records import OPERATOR
from voicehub.store.rows import insert, now, select, select_one

PrintKind = Literal["statement", "sample", "generation"]

# A guest whose time is over does not stand in anybody's way.
_REGISTERED = (
    "FROM voiceprints JOIN voices ON voices.id = voiceprints.voice_id"
    " JOIN users ON users.id = voices.owner_id"
    " WHERE voices.status = 'ready' AND users.deleted IS NULL"
    " AND (users.expires IS NULL OR users.expires > ?)"
)


class PrintStore:
    """Voiceprints as bytes of 256 half-precision numbers, fingerprints as bytes; no sound."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def version(self) -> int:
        """Return a number that grows with every change of voiceprints and opt-outs."""
        with self.database.read() as db:
            return int(db.execute("SELECT version FROM voiceprint_changes").fetchone()[0])

    def registered(self) -> list[tuple[str, str, str, str | None, bytes]]:
        """Return (kind, identifier, owner, expires, vector) of everybody to be compared with."""
        with self.database.read() as db:
            voices = db.execute(
                "SELECT 'voice', voices.id, voices.owner_id, users.expires, voiceprints.vector "
                + _REGISTERED,
                [now()],
            ).fetchall()
            optouts = db.execute(
                "SELECT 'optout', id, '', NULL, vector FROM optouts WHERE revoked IS NULL"
            ).fetchall()
        return voices + optouts

    def owner_of(self, voice_id: str) -> str | None:
        """Return who owns a registered voice now; an account may have taken over a guest's."""
        with self.database.read() as db:
            found = db.execute(
                f"SELECT voices.owner_id {_REGISTERED} AND voices.id = ?", [now(), voice_id]
            ).fetchone()
        return None if found is None else str(found[0])

    def log_impersonation(self, refused: Impersonation) -> None:
        """Record a recording that was refused."""
        with self.database.write() as db:
            insert(db, "impersonations", asdict(refused))
            told = {"like": refused.kind, "matched_id": refused.matched_id}
            audit(db, "recording.refused", refused.user_id, refused.sha256, told)

    def impersonations(self) -> list[Impersonation]:
        """Return the recordings that were refused, oldest first."""
        with self.database.read() as db:
            return select(db, Impersonation, "impersonations", "1 ORDER BY at, rowid")

    def add_optout(self, optout: OptOut, vector: bytes, actor: str = OPERATOR) -> None:
        """Record somebody whose voice nobody may clone here."""
        with self.database.write() as db:
            insert(db, "optouts", asdict(optout) | {"vector": vector})
            audit(db, "optout.added", actor, optout.id)

    def optouts(self) -> list[OptOut]:
        """Return the opt-out list, oldest first, ended entries too."""
        with self.database.read() as db:
            return select(db, OptOut, "optouts", "1 ORDER BY created, id")

    def end_optout(self, optout_id: str, actor: str = OPERATOR) -> None:
        """End an entry of the opt-out list and forget its voiceprint."""
        with self.database.write() as db:
            where = "id = ? AND revoked IS NULL"
            if select_one(db, OptOut, "optouts", where, [optout_id]) is None:
                raise NotFoundError(f"there is no entry {optout_id!r} in the opt-out list")
            db.execute(
                "UPDATE optouts SET revoked = ?, vector = NULL WHERE id = ?", [now(), optout_id]
            )
            audit(db, "optout.ended", actor, optout_id)

    def add_fingerprint(self, kind: PrintKind, ref: str, bits: bytes) -> None:
        """Record how something sounds, so that it is known again."""
        with self.database.write() as db:
            insert(db, "fingerprints", {"kind": kind, "ref": ref, "bits": bits})

    def fingerprints(self, after: int = 0) -> Sequence[tuple[int, str, str, bytes]]:
        """Return (number, kind, identifier, bits) of all fingerprints after a number."""
        with self.database.read() as db:
            query = "SELECT id, kind, ref, bits FROM fingerprints WHERE id > ? ORDER BY id"
            return list(db.execute(query, [after]).fetchall())

    def fingerprint_stand(self) -> tuple[int, int]:
        """Return the last number and the count of fingerprints: either tells of a change."""
        with self.database.read() as db:
            last, count = db.execute("SELECT max(id), count(*) FROM fingerprints").fetchone()
        return int(last or 0), int(count)
