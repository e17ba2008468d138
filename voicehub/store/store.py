"""The store as the services see it: records in, records out."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import ConsentError, InputError, NotFoundError
from voicehub.store.database import Database
from voicehub.store.records import Consent, Evaluation, Generation, Recording, Voice

Record = TypeVar("Record", Consent, Voice, Recording, Generation, Evaluation)
_JSON = frozenset({"metrics", "quality"})


def new_id() -> str:
    """Return a random identifier."""
    return str(uuid.uuid4())


def now() -> str:
    """Return the time in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Store:
    """Voices, consents and the log of speech under ``home``.

    No voice and no speech without a consent that holds: the database itself refuses them.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.database = Database(home / "voicehub.db")

    def add_consent(self, consent: Consent) -> None:
        """Record a legal basis."""
        with self.database.write() as db:
            _insert(db, "consents", asdict(consent))

    def consent(self, consent_id: str) -> Consent:
        """Return one consent."""
        with self.database.read() as db:
            return _one(db, Consent, "consents", "id = ?", [consent_id])

    def check_consent(self, voice: Voice) -> None:
        """Raise ``ConsentError`` unless speech may be made with ``voice`` now."""
        if not self.consent(voice.consent_id).valid:
            raise ConsentError(f"the consent for {voice.name!r} was revoked, it cannot be used")
        self.voice(voice.id)

    def add_voice(
        self, voice: Voice, recordings: Sequence[Recording], publish: Callable[[], None]
    ) -> None:
        """Record a voice and call ``publish`` to put its files in place: both happen or neither.

        Raises ``InputError`` where the name is taken.
        """
        with self.database.write() as db:
            self._check_name(db, voice.name)
            _insert(db, "voices", asdict(voice))
            for recording in recordings:
                _insert(db, "recordings", {"voice_id": voice.id, **asdict(recording)})
            publish()

    def replace_weights(self, voice: Voice, publish: Callable[[], None]) -> None:
        """Record new weights of a voice that exists, as `add_voice` does."""
        with self.database.write() as db:
            row = _encoded(asdict(voice))
            changed = ("kind", "base_id", "folder", "sha256", "metrics")
            updated = db.execute(
                f"UPDATE voices SET {', '.join(f'{name} = ?' for name in changed)} "
                "WHERE id = ? AND status = 'ready'",
                [*(row[name] for name in changed), voice.id],
            )
            if updated.rowcount != 1:
                raise NotFoundError(f"the voice {voice.name!r} was deleted meanwhile")
            publish()

    def check_name(self, name: str) -> None:
        """Raise ``InputError`` where a voice has this name."""
        with self.database.read() as db:
            self._check_name(db, name)

    @staticmethod
    def _check_name(db: SqliteDatabase, name: str) -> None:
        where = "name = ? COLLATE NOCASE AND status = 'ready'"
        if db.execute(f"SELECT 1 FROM voices WHERE {where}", [name]).fetchone():
            raise InputError(
                f"there is a voice called {name!r} already; "
                "choose another name, or delete that voice first"
            )

    def voices(self) -> list[Voice]:
        """Return all voices, oldest first."""
        with self.database.read() as db:
            return _many(db, Voice, "voices", "status = 'ready' ORDER BY created, id", [])

    def voice(self, name_or_id: str) -> Voice:
        """Return the voice of that name or identifier, or raise ``NotFoundError``."""
        where = "(id = ? OR name = ? COLLATE NOCASE) AND status = 'ready' ORDER BY id = ? DESC"
        with self.database.read() as db:
            rows = _many(db, Voice, "voices", where, [name_or_id] * 3)
        if not rows:
            raise NotFoundError(
                f"there is no voice {name_or_id!r}; `voicehub voices` lists those there are"
            )
        return rows[0]

    def recordings(self, voice_id: str) -> list[Recording]:
        """Return what is known of the recordings a voice was made from."""
        with self.database.read() as db:
            return _many(db, Recording, "recordings", "voice_id = ? ORDER BY rowid", [voice_id])

    def delete_voice(self, voice_id: str, revoke: bool) -> list[str]:
        """Take voices out of use, with ``revoke`` all under the same consent, which ends.

        Returns their identifiers. What stays is the proof: hashes, times, and no name.
        """
        with self.database.write() as db:
            voice = _one(db, Voice, "voices", "id = ? AND status = 'ready'", [voice_id])
            gone = [voice.id]
            if revoke:
                same = _many(
                    db, Voice, "voices", "consent_id = ? AND status = 'ready'", [voice.consent_id]
                )
                gone = [each.id for each in same]
            for each in gone:
                db.execute(
                    "UPDATE voices SET status = 'deleted', name = id, metrics = '{}' WHERE id = ?",
                    [each],
                )
            if revoke:
                db.execute(
                    "UPDATE consents SET revoked = ? WHERE id = ?", [now(), voice.consent_id]
                )
        return gone

    def log_generation(self, generation: Generation) -> None:
        """Record speech that was made; raise ``ConsentError`` where its consent does not hold."""
        with self.database.write() as db:
            _insert(db, "generations", asdict(generation))

    def generations(self, voice_id: str) -> list[Generation]:
        """Return the log of a voice, oldest first."""
        with self.database.read() as db:
            where = "voice_id = ? ORDER BY created, rowid"
            return _many(db, Generation, "generations", where, [voice_id])

    def add_evaluation(self, evaluation: Evaluation) -> None:
        """Record the scores of a voice."""
        with self.database.write() as db:
            _insert(db, "evaluations", asdict(evaluation))

    def evaluations(self, voice_id: str) -> list[Evaluation]:
        """Return the scores of a voice, oldest first."""
        with self.database.read() as db:
            where = "voice_id = ? ORDER BY created, rowid"
            return _many(db, Evaluation, "evaluations", where, [voice_id])


def _encoded(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: json.dumps(value, ensure_ascii=False) if key in _JSON else value
        for key, value in row.items()
    }


def _insert(db: SqliteDatabase, table: str, row: dict[str, Any]) -> None:
    columns = ", ".join(row)
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(_encoded(row).values()))


def _many(
    db: SqliteDatabase, kind: type[Record], table: str, where: str, values: Sequence[Any]
) -> list[Record]:
    names = [field.name for field in fields(kind)]
    found = db.execute(f"SELECT {', '.join(names)} FROM {table} WHERE {where}", list(values))
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [
        kind(**{key: json.loads(v) if key in _JSON else v for key, v in row.items()})
        for row in rows
    ]


def _one(
    db: SqliteDatabase, kind: type[Record], table: str, where: str, values: Sequence[Any]
) -> Record:
    rows = _many(db, kind, table, where, values)
    if not rows:
        raise NotFoundError(f"there is no row of {table} for {', '.join(map(str, values))}")
    return rows[0]
