"""The recordings that users gave: the rows; the sound lies in files the caller looks after."""

from dataclasses import asdict

from voicehub.store.database import Database
from voicehub.store.records import Sample
from voicehub.store.rows import insert, now, owned, select, select_one

_HERE = "deleted IS NULL AND (expires IS NULL OR expires > ?)"


class SampleStore:
    """Samples, each once for a user."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, sample: Sample) -> Sample:
        """Record a sample and return it, or the user's own of the same sound where there is one.

        The caller removes its file where another sample comes back.
        """
        with self.database.write() as db:
            where = "user_id = ? AND sha256 = ? AND deleted IS NULL"
            known = select_one(db, Sample, "samples", where, [sample.user_id, sample.sha256])
            if known is not None:
                return known
            insert(db, "samples", asdict(sample))
        return sample

    def get(self, sample_id: str, user_id: str) -> Sample:
        """Return a user's own sample; anybody else's, or one that was removed, is not found."""
        with self.database.read() as db:
            return owned(db, Sample, "samples", sample_id, user_id)

    def of_user(self, user_id: str) -> list[Sample]:
        """Return a user's samples, oldest first."""
        where = f"user_id = ? AND {_HERE} ORDER BY created, id"
        with self.database.read() as db:
            return select(db, Sample, "samples", where, [user_id, now()])

    def remove(self, sample_id: str, user_id: str) -> Sample:
        """Take a user's own sample out of use and return it; the caller removes its file."""
        with self.database.write() as db:
            sample = owned(db, Sample, "samples", sample_id, user_id)
            db.execute(
                "UPDATE samples SET deleted = ?, original_name = '', quality = '{}' WHERE id = ?",
                [now(), sample_id],
            )
        return sample

    def older(self, before: str) -> list[Sample]:
        """Return the samples that were given before a time and are still there."""
        with self.database.read() as db:
            where = "deleted IS NULL AND created < ? ORDER BY created"
            return select(db, Sample, "samples", where, [before])

    def expired(self) -> list[Sample]:
        """Return the samples whose time is over and that are still to be removed."""
        with self.database.read() as db:
            where = "deleted IS NULL AND expires <= ? ORDER BY expires"
            return select(db, Sample, "samples", where, [now()])
