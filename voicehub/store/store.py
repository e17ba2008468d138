"""Consents, voices and the log of speech as the services see them: records in, records out."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import ConsentError, InputError, NotFoundError
from voicehub.store.chain import audit
from voicehub.store.checkpoints import (
    CheckpointStore,
    add_recordings,
    first_checkpoint,
    insert_checkpoint,
    owner_of,
)
from voicehub.store.database import Database
from voicehub.store.mark_records import Generation
from voicehub.store.records import OPERATOR, Checkpoint, Consent, Evaluation, Recording, Use, Voice
from voicehub.store.rows import insert, new_id, now, owned, select, select_one
from voicehub.store.takedowns import check_not_taken_down, stop_jobs

_HERE = (
    "status = 'ready' AND (expires IS NULL OR expires > ?) AND NOT EXISTS"
    " (SELECT 1 FROM takedowns WHERE voice_id = voices.id AND lifted IS NULL)"
)


class Store:
    """Voices, consents and the log of speech under ``home``.

    No voice and no speech without a consent that holds: the database itself refuses them. Where a
    user is not named it is the operator, as whom the command line acts.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.database = Database(home / "voicehub.db")
        self.checkpoints = CheckpointStore(self.database)

    def add_consent(self, consent: Consent) -> None:
        """Record a legal basis; raise ``ConsentError`` where its challenge was used or is over."""
        with self.database.write() as db:
            insert(db, "consents", asdict(consent))
            told = {
                "kind": consent.kind,
                "statement_sha256": consent.statement_sha256,
                "text_version": consent.text_version,
            }
            audit(db, "consent.given", consent.user_id, consent.id, told)

    def consent(self, consent_id: str) -> Consent:
        """Return one consent, whoever's it is."""
        with self.database.read() as db:
            found = select_one(db, Consent, "consents", "id = ?", [consent_id])
        if found is None:
            raise NotFoundError(f"there is no consent {consent_id!r}")
        return found

    def own_consent(self, consent_id: str, user_id: str) -> Consent:
        """Return a user's own consent; anybody else's is not found."""
        with self.database.read() as db:
            return owned(db, Consent, "consents", consent_id, user_id)

    def consents(self, user_id: str = OPERATOR) -> list[Consent]:
        """Return a user's consents, oldest first, the revoked ones too."""
        with self.database.read() as db:
            return select(db, Consent, "consents", "user_id = ? ORDER BY created, id", [user_id])

    def check_consent(self, voice: Voice, use: Use = "make") -> None:
        """Raise ``ConsentError`` with the reason unless ``voice`` may be put to ``use`` now."""
        problem = self.consent(voice.consent_id).problem(now(), use)
        if problem:
            raise ConsentError(f"{voice.name!r} cannot be used: {problem}")
        with self.database.read() as db:
            check_not_taken_down(db, voice.id)
        self.voice(voice.id)

    def add_voice(
        self,
        voice: Voice,
        recordings: Sequence[Recording],
        publish: Callable[[], None],
        checkpoint: Checkpoint | None = None,
        voiceprint: bytes | None = None,
    ) -> None:
        """Record a voice and call ``publish`` to put its files in place: both happen or neither.

        ``checkpoint`` is its first version where more is known of it than the voice says;
        ``voiceprint`` is what newcomers are compared with. Raises ``InputError`` where the owner
        has a voice of that name, ``ConsentError`` where a recording was not checked.
        """
        with self.database.write() as db:
            check_name(db, voice.name, voice.owner_id)
            insert(db, "voices", asdict(voice))
            told = {"consent_id": voice.consent_id, "kind": voice.kind}
            audit(db, "voice.made", voice.owner_id, voice.id, told)
            add_recordings(db, voice.id, recordings)
            insert_checkpoint(db, checkpoint or first_checkpoint(voice))
            if voiceprint is not None:
                row = {"voice_id": voice.id, "vector": voiceprint, "created": voice.created}
                insert(db, "voiceprints", row)
            publish()

    def replace_weights(self, voice: Voice, publish: Callable[[], None]) -> None:
        """Record new weights in place of the current ones, which are gone; else as `add_voice`."""
        with self.database.write() as db:
            self.checkpoints.replace_current(db, voice)
            publish()

    def check_name(self, name: str, owner_id: str = OPERATOR) -> None:
        """Raise ``InputError`` where the owner has a voice of this name."""
        with self.database.read() as db:
            check_name(db, name, owner_id)

    def rename_voice(self, voice_id: str, owner_id: str, name: str) -> Voice:
        """Give a voice another name; raise ``InputError`` where the owner has one of that name."""
        with self.database.write() as db:
            voice = _own_voice(db, voice_id, owner_id)
            if voice.name.casefold() != name.casefold():
                check_name(db, name, owner_id)
            db.execute("UPDATE voices SET name = ? WHERE id = ?", [name, voice_id])
            return _own_voice(db, voice_id, owner_id)

    def show_name(self, voice_id: str, owner_id: str, shown: bool) -> Voice:
        """Say whether the public checker may tell what a voice is called."""
        with self.database.write() as db:
            _own_voice(db, voice_id, owner_id)
            db.execute("UPDATE voices SET shows_name = ? WHERE id = ?", [int(shown), voice_id])
            return _own_voice(db, voice_id, owner_id)

    def voices(self, owner_id: str | None = OPERATOR) -> list[Voice]:
        """Return an owner's voices, or with None everybody's, oldest first."""
        where = f"{_HERE} AND (? IS NULL OR owner_id = ?) ORDER BY created, id"
        with self.database.read() as db:
            return select(db, Voice, "voices", where, [now(), owner_id, owner_id])

    def voice(self, name_or_id: str) -> Voice:
        """Return the voice of that identifier, or the operator's of that name.

        Whose it is is not asked: for a visitor call `own_voice`. Raises ``NotFoundError``.
        """
        where = (
            f"{_HERE} AND (id = ? OR (owner_id = ? AND name = ? COLLATE NOCASE))"
            " ORDER BY id = ? DESC"
        )
        values = [now(), name_or_id, OPERATOR, name_or_id, name_or_id]
        with self.database.read() as db:
            found = select_one(db, Voice, "voices", where, values)
        if found is None:
            raise NotFoundError(
                f"there is no voice {name_or_id!r}; `voicehub voices` lists those there are"
            )
        return found

    def own_voice(self, voice_id: str, owner_id: str) -> Voice:
        """Return an owner's voice; anybody else's is not found."""
        with self.database.read() as db:
            return _own_voice(db, voice_id, owner_id)

    def kept_ids(self) -> set[str]:
        """Return the identifiers of all voices whose files stay, those taken down among them."""
        with self.database.read() as db:
            found = db.execute("SELECT id FROM voices WHERE status = 'ready'").fetchall()
        return {row[0] for row in found}

    def expired_voices(self) -> list[Voice]:
        """Return the voices whose time is over and that are still to be deleted."""
        with self.database.read() as db:
            where = "status = 'ready' AND expires <= ? ORDER BY expires"
            return select(db, Voice, "voices", where, [now()])

    def recordings(self, voice_id: str) -> list[Recording]:
        """Return what is known of the recordings a voice was made from."""
        with self.database.read() as db:
            return select(db, Recording, "recordings", "voice_id = ? ORDER BY rowid", [voice_id])

    def delete_voice(self, voice_id: str, revoke: bool) -> list[str]:
        """Take voices out of use, with ``revoke`` all under the same consent, which ends.

        Returns their identifiers. What stays is the proof: hashes, times, and no name.
        """
        with self.database.write() as db:
            where = "id = ? AND status = 'ready'"
            voice = select_one(db, Voice, "voices", where, [voice_id])
            if voice is None:
                raise NotFoundError(f"there is no voice {voice_id!r}")
            if revoke:
                return end_consent(db, voice.consent_id)
            retire_voice(db, voice.id)
        return [voice.id]

    def revoke_consent(self, consent_id: str, user_id: str) -> list[str]:
        """End a user's own consent with all voices under it, and return their identifiers.

        Raises ``ConsentError`` where it was revoked before.
        """
        with self.database.write() as db:
            if owned(db, Consent, "consents", consent_id, user_id).revoked is not None:
                raise ConsentError("this consent was revoked before")
            return end_consent(db, consent_id)

    def log_generation(self, generation: Generation) -> None:
        """Record speech that was made; raise ``ConsentError`` where its consent does not hold."""
        with self.database.write() as db:
            insert(db, "generations", asdict(generation))

    def generations(self, voice_id: str) -> list[Generation]:
        """Return the log of a voice, oldest first."""
        with self.database.read() as db:
            where = "voice_id = ? ORDER BY created, rowid"
            return select(db, Generation, "generations", where, [voice_id])

    def generation(self, generation_id: str) -> Generation | None:
        """Return one entry of the log."""
        with self.database.read() as db:
            return select_one(db, Generation, "generations", "id = ?", [generation_id])

    def add_evaluation(self, evaluation: Evaluation) -> None:
        """Record the scores of a voice."""
        with self.database.write() as db:
            insert(db, "evaluations", asdict(evaluation))

    def evaluations(self, voice_id: str) -> list[Evaluation]:
        """Return the scores of a voice, oldest first."""
        with self.database.read() as db:
            where = "voice_id = ? ORDER BY created, rowid"
            return select(db, Evaluation, "evaluations", where, [voice_id])


def end_consent(db: SqliteDatabase, consent_id: str) -> list[str]:
    """Revoke a consent within a transaction, with the voices and the jobs under it."""
    where = "consent_id = ? AND status = 'ready' ORDER BY created, id"
    gone = [voice.id for voice in select(db, Voice, "voices", where, [consent_id])]
    for voice_id in gone:
        retire_voice(db, voice_id)
    stop_jobs(db, "consent_id", consent_id)
    db.execute("UPDATE consents SET revoked = ? WHERE id = ?", [now(), consent_id])
    giver = db.execute("SELECT user_id FROM consents WHERE id = ?", [consent_id]).fetchone()[0]
    audit(db, "consent.revoked", giver, consent_id, {"voices": gone})
    return gone


def retire_voice(db: SqliteDatabase, voice_id: str) -> None:
    """Take a voice out of use within a transaction, with its versions and its jobs."""
    db.execute(
        "UPDATE checkpoints SET deleted = ?, current = 0, metrics = '{}'"
        " WHERE voice_id = ? AND deleted IS NULL",
        [now(), voice_id],
    )
    stop_jobs(db, "voice_id", voice_id)
    db.execute(
        "UPDATE voices SET status = 'deleted', name = id, metrics = '{}', shows_name = 0"
        " WHERE id = ?",
        [voice_id],
    )
    audit(db, "voice.deleted", owner_of(db, voice_id), voice_id)


def _own_voice(db: SqliteDatabase, voice_id: str, owner_id: str) -> Voice:
    where = f"{_HERE} AND id = ? AND owner_id = ?"
    found = select_one(db, Voice, "voices", where, [now(), voice_id, owner_id])
    if found is None:
        if select_one(db, Voice, "voices", "id = ? AND owner_id = ?", [voice_id, owner_id]):
            check_not_taken_down(db, voice_id)  # its owner, and nobody else, is told
        raise NotFoundError(f"there is no voice {voice_id!r}")
    return found


def check_name(db: SqliteDatabase, name: str, owner_id: str) -> None:
    """Raise ``InputError`` within a transaction where the owner has a voice of this name."""
    where = "name = ? COLLATE NOCASE AND owner_id = ? AND status = 'ready'"
    if db.execute(f"SELECT 1 FROM voices WHERE {where}", [name, owner_id]).fetchone():
        raise InputError(
            f"there is a voice called {name!r} already; "
            "choose another name, or delete that voice first"
        )


__all__ = ["Store", "new_id", "now"]
