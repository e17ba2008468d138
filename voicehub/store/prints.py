"""What newcomers are compared with: voiceprints, the opt-out list, and fingerprints of sound."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import NotFoundError
from voicehub.store.chain import audit
from voicehub.store.check_records import Impersonation, OptOut
from voicehub.store.database import Database
from voicehub.store.records import OPERATOR
from voicehub.store.rows import insert, now, select, select_one

PrintKind = Literal["statement", "sample", "generation"]
PrintedKind = Literal["voice", "optout"]
Key = tuple[PrintedKind, str]  # whose voiceprint it is

# A guest whose time is over does not stand in anybody's way.
_REGISTERED = (
    "FROM voiceprints JOIN voices ON voices.id = voiceprints.voice_id"
    " JOIN users ON users.id = voices.owner_id"
    " WHERE voices.status = 'ready' AND users.deleted IS NULL"
    " AND (users.expires IS NULL OR users.expires > ?)"
)
_TABLES: tuple[tuple[PrintedKind, str, str, str], ...] = (
    ("voice", "voiceprints", "voice_id", "1"),
    ("optout", "optouts", "id", "revoked IS NULL"),
)


@dataclass(frozen=True)
class Stand:
    """How far the voiceprints were read: the number of changes, and the last rows."""

    version: int = -1
    voices: int = 0
    optouts: int = 0


class PrintStore:
    """Voiceprints as bytes of 256 half-precision numbers, fingerprints as bytes; no sound."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def since(
        self, stand: Stand, known: Collection[Key]
    ) -> tuple[Stand, list[tuple[Key, bytes]], set[Key]]:
        """Return where the table stands now, the voiceprints added since, and which of ``known`` went.

        As long as voiceprints are only added, no more is read than what is new.
        """
        with self.database.read() as db:
            version = int(db.execute("SELECT version FROM voiceprint_changes").fetchone()[0])
            if version == stand.version:
                return stand, [], set()
            added, last = [], [stand.voices, stand.optouts]
            for number, (kind, table, key, there) in enumerate(_TABLES):
                query = (
                    f"SELECT rowid, {key}, vector FROM {table} WHERE rowid > ? AND {there}"
                    " ORDER BY rowid"
                )
                for row, identifier, vector in db.execute(query, [last[number]]):
                    added.append(((kind, identifier), vector))
                    last[number] = row
            gone: set[Key] = set()
            # Each change counts one. Where some was no addition, a row may have the number of one that went.
            if version - stand.version != len(added):
                others = _keys(db) - {key for key, _ in added}
                gone = set(known) - others
                added += [(key, _vector(db, key)) for key in others.difference(known)]
        return Stand(version, *last), added, gone

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


def _keys(db: SqliteDatabase) -> set[Key]:
    return {
        (kind, row[0])
        for kind, table, key, there in _TABLES
        for row in db.execute(f"SELECT {key} FROM {table} WHERE {there}")
    }


def _vector(db: SqliteDatabase, wanted: Key) -> bytes:
    table, key = next((table, key) for kind, table, key, _ in _TABLES if kind == wanted[0])
    found = db.execute(f"SELECT vector FROM {table} WHERE {key} = ?", [wanted[1]]).fetchone()
    return bytes(found[0])
