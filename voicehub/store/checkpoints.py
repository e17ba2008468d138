"""The versions of a voice's weights: each is kept, scored, and can be made the current one."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import InputError, NotFoundError
from voicehub.store.chain import audit
from voicehub.store.database import Database
from voicehub.store.records import Checkpoint, Recording, Voice
from voicehub.store.rows import insert, new_id, now, select, select_one


class CheckpointStore:
    """Versions; the voice's folder, hash, kind, base and metrics follow the current one."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(
        self,
        checkpoint: Checkpoint,
        publish: Callable[[], None],
        recordings: Sequence[Recording] = (),
    ) -> None:
        """Record a version and call ``publish`` to put its files in place: both or neither.

        With ``current`` set the voice speaks with it from then on; ``recordings`` are what the
        voice was made from in addition. Raises ``ConsentError`` where the consent was revoked.
        """
        with self.database.write() as db:
            add_recordings(db, checkpoint.voice_id, recordings)
            insert_checkpoint(db, checkpoint)
            publish()

    def next_number(self, voice_id: str) -> int:
        """Return the number of the next version; numbers of deleted ones are not used again."""
        with self.database.read() as db:
            return _next_number(db, voice_id)

    def of_voice(self, voice_id: str) -> list[Checkpoint]:
        """Return the versions of a voice that are there, oldest first."""
        where = "voice_id = ? AND deleted IS NULL ORDER BY number"
        with self.database.read() as db:
            return select(db, Checkpoint, "checkpoints", where, [voice_id])

    def get(self, voice_id: str, checkpoint_id: str) -> Checkpoint:
        """Return one version of a voice, or raise ``NotFoundError``."""
        with self.database.read() as db:
            return _one(db, voice_id, checkpoint_id)

    def current(self, voice_id: str) -> Checkpoint:
        """Return the version that a voice speaks with, or raise ``NotFoundError``."""
        with self.database.read() as db:
            found = select_one(
                db, Checkpoint, "checkpoints", "voice_id = ? AND current = 1", [voice_id]
            )
        if found is None:
            raise NotFoundError(f"the voice {voice_id!r} was deleted")
        return found

    def make_current(self, voice_id: str, checkpoint_id: str) -> Checkpoint:
        """Let a voice speak with this version from now on."""
        with self.database.write() as db:
            _one(db, voice_id, checkpoint_id)
            _step_down(db, voice_id)
            db.execute("UPDATE checkpoints SET current = 1 WHERE id = ?", [checkpoint_id])
            told = {"version_id": checkpoint_id}
            audit(db, "version.current", owner_of(db, voice_id), voice_id, told)
            return _one(db, voice_id, checkpoint_id)

    def set_scores(self, checkpoint_id: str, score: float | None, similarity: float | None) -> None:
        """Record how a version did on held-out speech."""
        with self.database.write() as db:
            db.execute(
                "UPDATE checkpoints SET score = ?, similarity = ? WHERE id = ?",
                [score, similarity, checkpoint_id],
            )

    def delete(self, voice_id: str, checkpoint_id: str) -> Checkpoint:
        """Take a version out of use; the caller removes its folder. The current one stays."""
        with self.database.write() as db:
            checkpoint = _one(db, voice_id, checkpoint_id)
            if checkpoint.current:
                raise InputError(
                    f"version {checkpoint.number} is the one the voice speaks with; "
                    "make another one current first"
                )
            _retire(db, checkpoint_id)
            told = {"version_id": checkpoint_id}
            audit(db, "version.deleted", owner_of(db, voice_id), voice_id, told)
        return checkpoint

    def replace_current(self, db: SqliteDatabase, voice: Voice) -> None:
        """Record within a transaction that ``voice`` has new weights and the current ones go."""
        where = "voice_id = ? AND current = 1"
        old = select_one(db, Checkpoint, "checkpoints", where, [voice.id])
        if old is None:
            raise NotFoundError(f"the voice {voice.name!r} was deleted meanwhile")
        _retire(db, old.id)
        new = first_checkpoint(voice)
        number = _next_number(db, voice.id)
        insert_checkpoint(db, replace(new, number=number, parent_id=old.id, created=now()))


def first_checkpoint(voice: Voice) -> Checkpoint:
    """Return the first version of a new voice as far as the voice itself tells it."""
    return Checkpoint(
        id=new_id(),
        voice_id=voice.id,
        number=1,
        step=int(voice.metrics.get("steps", 0)),
        folder=voice.folder,
        sha256=voice.sha256,
        kind=voice.kind,
        base_id=voice.base_id,
        created=voice.created,
        metrics=voice.metrics,
        current=True,
    )


def insert_checkpoint(db: SqliteDatabase, checkpoint: Checkpoint) -> None:
    """Record a version within a transaction; where it is current, the one before steps down."""
    if checkpoint.current:
        _step_down(db, checkpoint.voice_id)
    insert(db, "checkpoints", asdict(checkpoint))
    told = {
        "version_id": checkpoint.id,
        "number": checkpoint.number,
        "sha256": checkpoint.sha256,
        "current": checkpoint.current,
    }
    owner = owner_of(db, checkpoint.voice_id)
    audit(db, "version.made", owner, checkpoint.voice_id, told)


def owner_of(db: SqliteDatabase, voice_id: str) -> str:
    """Return whose a voice is."""
    found = db.execute("SELECT owner_id FROM voices WHERE id = ?", [voice_id]).fetchone()
    return str(found[0])


def add_recordings(db: SqliteDatabase, voice_id: str, recordings: Sequence[Recording]) -> None:
    """Record within a transaction what a voice was made from; what is known is not said twice."""
    known = {
        recording.sha256
        for recording in select(db, Recording, "recordings", "voice_id = ?", [voice_id])
    }
    for recording in recordings:
        if recording.sha256 not in known:
            insert(db, "recordings", {"voice_id": voice_id, **asdict(recording)})


def _step_down(db: SqliteDatabase, voice_id: str) -> None:
    db.execute("UPDATE checkpoints SET current = 0 WHERE voice_id = ? AND current = 1", [voice_id])


def _retire(db: SqliteDatabase, checkpoint_id: str) -> None:
    db.execute(
        "UPDATE checkpoints SET deleted = ?, current = 0, metrics = '{}' WHERE id = ?",
        [now(), checkpoint_id],
    )


def _next_number(db: SqliteDatabase, voice_id: str) -> int:
    found = db.execute("SELECT max(number) FROM checkpoints WHERE voice_id = ?", [voice_id])
    return 1 + (found.fetchone()[0] or 0)


def _one(db: SqliteDatabase, voice_id: str, checkpoint_id: str) -> Checkpoint:
    where = "id = ? AND voice_id = ? AND deleted IS NULL"
    found = select_one(db, Checkpoint, "checkpoints", where, [checkpoint_id, voice_id])
    if found is None:
        raise NotFoundError(f"there is no version {checkpoint_id!r} of this voice")
    return found
