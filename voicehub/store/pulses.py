"""The worker processes that say they live, so that others can tell when none does."""

from voicehub.store.database import Database
from voicehub.store.records import WorkerPulse
from voicehub.store.rows import from_now, now, select

FRESH_SECONDS = 15.0  # a worker beats every three


class PulseStore:
    """Worker processes and when each last said that it lives."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def beat(self, worker: str, lane: str, pid: int) -> None:
        """Say that a worker lives now."""
        with self.database.write_lightly() as db:
            db.execute(
                "INSERT INTO workers (id, lane, pid, started, beat) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET beat = excluded.beat",
                [worker, lane, pid, now(), now()],
            )

    def gone(self, worker: str) -> None:
        """Say that a worker has ended; those that have been silent for a day go with it."""
        with self.database.write_lightly() as db:
            db.execute(
                "DELETE FROM workers WHERE id = ? OR beat < ?", [worker, from_now(-86_400.0)]
            )

    def alive(self, lane: str | None = None, seconds: float = FRESH_SECONDS) -> list[WorkerPulse]:
        """Return the workers, of a lane or of all, that said lately that they live."""
        where = "beat > ? AND (? IS NULL OR lane = ?) ORDER BY lane, started"
        with self.database.read() as db:
            return select(db, WorkerPulse, "workers", where, [from_now(-seconds), lane, lane])
