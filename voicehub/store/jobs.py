"""Jobs as rows: asked for once, run by one worker at a time under a lease, never lost."""

from collections.abc import Mapping
from typing import Any, Literal

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import LimitError
from voicehub.logs import Log
from voicehub.store.database import Database
from voicehub.store.queue import next_job, standing
from voicehub.store.records import Job, JobEvent, Places, Standing
from voicehub.store.rows import encoded, from_now, insert, new_id, now, owned, select, select_one

_LOG = Log(__name__)
LEASE_SECONDS = 15.0
MAX_ATTEMPTS = 3
STOPPED_TOO_OFTEN = "the worker stopped three times while running this"
_HELD = "id = ? AND worker = ? AND state = 'running'"


class JobStore:
    """The queue. A worker that lost its lease changes nothing any more."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def submit(
        self,
        user_id: str,
        kind: str,
        lane: str,
        config: Mapping[str, Any],
        *,
        voice_id: str | None = None,
        consent_id: str | None = None,
        idempotency_key: str | None = None,
        places: Places | None = None,
    ) -> Job:
        """Put a job into the queue of a lane; the same key brings the same job back.

        A clone or preview names the user's consent, a speak, convert or evaluate their voice;
        raises ``ConsentError`` where it does not hold, ``LimitError`` where no place is free:
        counting and adding are one, so that many who ask at once do not pass together.
        """
        with self.database.write() as db:
            if idempotency_key is not None:
                where = "user_id = ? AND idempotency_key = ?"
                known = select_one(db, Job, "jobs", where, [user_id, idempotency_key])
                if known is not None:
                    return known
            if places is not None:
                _check_free(db, user_id, places)
            row = {
                "id": new_id(),
                "user_id": user_id,
                "kind": kind,
                "lane": lane,
                "config": config,
                "created": now(),
                "voice_id": voice_id,
                "consent_id": consent_id,
                "idempotency_key": idempotency_key,
            }
            insert(db, "jobs", row)
            job = owned(db, Job, "jobs", str(row["id"]), user_id)
        _LOG.info("job_asked", job=job.id, kind=kind, lane=lane)
        return job

    def claim(self, lane: str, worker: str, lease_seconds: float = LEASE_SECONDS) -> Job | None:
        """Take the next job of a lane, first of all one whose worker is gone; None if there is none.

        A job whose worker stopped three times fails instead, and one that was to be cancelled is.
        """
        with self.database.read() as db:
            where = "lane = ? AND (state = 'queued' OR (state = 'running' AND lease_expires <= ?))"
            if select_one(db, Job, "jobs", where, [lane, now()]) is None:
                return None  # most of the time: no need for a turn to write
        with self.database.write() as db:
            _settle_abandoned(db, lane)
            where = "lane = ? AND state = 'running' AND lease_expires <= ? ORDER BY started"
            job = select_one(db, Job, "jobs", where, [lane, now()])
            if job is not None:
                data = {"attempt": job.attempt + 1}
                _add_event(db, job.id, "resumed", data)
            else:
                job = next_job(db, lane)
            if job is None:
                return None
            db.execute(
                "UPDATE jobs SET state = 'running', worker = ?, lease_expires = ?, started = ?,"
                " attempt = attempt + 1, eta_seconds = NULL WHERE id = ?",
                [worker, from_now(lease_seconds), now(), job.id],
            )
            return select_one(db, Job, "jobs", "id = ?", [job.id])

    def heartbeat(
        self, job_id: str, worker: str, lease_seconds: float = LEASE_SECONDS
    ) -> bool | None:
        """Renew the lease and return whether the job is to be cancelled; None: it is lost."""
        with self.database.write_lightly() as db:
            renewed = db.execute(
                f"UPDATE jobs SET lease_expires = ? WHERE {_HELD}",
                [from_now(lease_seconds), job_id, worker],
            )
            if renewed.rowcount != 1:
                return None
            job = select_one(db, Job, "jobs", "id = ?", [job_id])
        return job is not None and job.cancel_requested

    def cancel_wished(self, job_id: str, worker: str) -> bool | None:
        """Return as `heartbeat` does, but only look: cheap enough for twice a second."""
        with self.database.read() as db:
            job = select_one(db, Job, "jobs", _HELD, [job_id, worker])
        return None if job is None else job.cancel_requested

    def progress(
        self,
        job_id: str,
        worker: str,
        fraction: float,
        message: str,
        eta_seconds: float | None = None,
    ) -> None:
        """Say how far a job is (0 to 1) and about how long it still takes."""
        with self.database.write_lightly() as db:
            db.execute(
                f"UPDATE jobs SET progress = ?, message = ?, eta_seconds = ?"
                f" WHERE {_HELD} AND forgotten IS NULL",
                [min(max(fraction, 0.0), 1.0), message, eta_seconds, job_id, worker],
            )

    def event(self, job_id: str, kind: str, data: Mapping[str, Any]) -> None:
        """Add to what happened within a job."""
        with self.database.write_lightly() as db:
            _add_event(db, job_id, kind, data)

    def finish(
        self,
        job_id: str,
        worker: str,
        state: Literal["done", "failed", "cancelled"],
        *,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> bool:
        """End a job; return False, and change nothing, where the worker holds it no more."""
        with self.database.write() as db:
            ended = db.execute(
                "UPDATE jobs SET state = ?, error = ?, finished = ?, worker = NULL,"
                " lease_expires = NULL, eta_seconds = NULL,"
                " result = CASE WHEN forgotten IS NULL THEN ? END,"
                f" progress = CASE ? WHEN 'done' THEN 1.0 ELSE progress END WHERE {_HELD}",
                [state, error, now(), encoded("result", result), state, job_id, worker],
            )
            return ended.rowcount == 1

    def release(self, job_id: str, worker: str) -> None:
        """Put a job back into the queue, as a worker does that was asked to end; not an attempt."""
        with self.database.write() as db:
            db.execute(
                "UPDATE jobs SET state = 'queued', worker = NULL, lease_expires = NULL,"
                f" started = NULL, eta_seconds = NULL, attempt = attempt - 1 WHERE {_HELD}",
                [job_id, worker],
            )

    def abandon(self, worker: str) -> None:
        """Let the leases of a worker that is known to be dead run out now."""
        with self.database.write() as db:
            db.execute(
                "UPDATE jobs SET lease_expires = ? WHERE worker = ? AND state = 'running'",
                [now(), worker],
            )

    def release_all(self, worker: str) -> None:
        """Release what a worker held that was asked to end and did not in time."""
        with self.database.read() as db:
            held = select(db, Job, "jobs", "worker = ? AND state = 'running'", [worker])
        for job in held:
            self.release(job.id, worker)

    def cancel(self, job_id: str, user_id: str) -> Job:
        """Cancel a user's own job: at once while it is queued, else its worker is told."""
        with self.database.write() as db:
            job = owned(db, Job, "jobs", job_id, user_id)
            if job.state == "queued":
                db.execute(
                    "UPDATE jobs SET state = 'cancelled', cancel_requested = 1, finished = ?"
                    " WHERE id = ?",
                    [now(), job_id],
                )
            elif job.state == "running":
                db.execute("UPDATE jobs SET cancel_requested = 1 WHERE id = ?", [job_id])
            return owned(db, Job, "jobs", job_id, user_id)

    def get(self, job_id: str, user_id: str) -> Job:
        """Return a user's own job; anybody else's is not found."""
        with self.database.read() as db:
            return owned(db, Job, "jobs", job_id, user_id)

    def find(self, job_id: str) -> Job | None:
        """Return a job, whoever's it is, as when what it left on the disk is looked through."""
        with self.database.read() as db:
            return select_one(db, Job, "jobs", "id = ?", [job_id])

    def forget(self, job_id: str) -> None:
        """Erase what a job was asked and came to, as when its owner deletes the speech it made."""
        with self.database.write() as db:
            forget_jobs(db, "id = ?", job_id)

    def of_user(self, user_id: str, limit: int = 20, active: bool = False) -> list[Job]:
        """Return a user's jobs, newest first; with ``active`` those queued or running."""
        states = "state IN ('queued', 'running')" if active else "1"
        where = f"user_id = ? AND {states} ORDER BY created DESC, rowid DESC LIMIT {int(limit)}"
        with self.database.read() as db:
            return select(db, Job, "jobs", where, [user_id])

    def events(self, job_id: str, user_id: str, after: int = 0) -> list[JobEvent]:
        """Return the events of a user's own job whose identifier is above ``after``."""
        with self.database.read() as db:
            owned(db, Job, "jobs", job_id, user_id)
            where = "job_id = ? AND id > ? ORDER BY id"
            return select(db, JobEvent, "job_events", where, [job_id, after])

    def standing(self, job_id: str) -> Standing:
        """Return how many queued jobs run before a job, and about how long that takes."""
        with self.database.read() as db:
            return standing(db, job_id)

    def active_count(self, user_id: str | None = None) -> int:
        """Return how many jobs, of a user or of all, are queued or running."""
        with self.database.read() as db:
            return _active_count(db, user_id)

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many jobs there are of each kind and state, for those who watch over it."""
        with self.database.read() as db:
            found = db.execute("SELECT kind, state, count(*) FROM jobs GROUP BY kind, state")
            return {(kind, state): number for kind, state, number in found.fetchall()}


def _check_free(db: SqliteDatabase, user_id: str, places: Places) -> None:
    """Raise ``LimitError`` where the user, or all users together, have as many jobs as allowed."""
    of_user, of_all = _active_count(db, user_id), _active_count(db, None)
    if of_user >= places.of_user:
        raise LimitError(
            f"{of_user} of your jobs are waiting or running and {places.of_user} are allowed; "
            "wait for one to end, or stop one"
        )
    if of_all >= places.of_all:
        raise LimitError(
            f"{of_all} jobs are waiting or running, and no more are taken; "
            "try again in some minutes"
        )


def _active_count(db: SqliteDatabase, user_id: str | None) -> int:
    states = "state IN ('queued', 'running') AND (? IS NULL OR user_id = ?)"
    found = db.execute(f"SELECT count(*) FROM jobs WHERE {states}", [user_id, user_id])
    return int(found.fetchone()[0])


def _settle_abandoned(db: SqliteDatabase, lane: str) -> None:
    """End the jobs whose worker is gone and that are not to be tried again."""
    lost = "lane = ? AND state = 'running' AND lease_expires <= ?"
    ended = "finished = ?, worker = NULL, lease_expires = NULL, eta_seconds = NULL"
    db.execute(
        f"UPDATE jobs SET state = 'cancelled', {ended} WHERE {lost} AND cancel_requested = 1",
        [now(), lane, now()],
    )
    db.execute(
        f"UPDATE jobs SET state = 'failed', error = ?, {ended} WHERE {lost} AND attempt >= ?",
        [STOPPED_TOO_OFTEN, now(), lane, now(), MAX_ATTEMPTS],
    )


def _add_event(db: SqliteDatabase, job_id: str, kind: str, data: Mapping[str, Any]) -> None:
    db.execute(
        "INSERT INTO job_events (job_id, at, kind, data)"
        " SELECT id, ?, ?, ? FROM jobs WHERE id = ? AND forgotten IS NULL",
        [now(), kind, encoded("data", data), job_id],
    )


def forget_jobs(db: SqliteDatabase, where: str, value: str) -> None:
    """Erase the words of jobs within a transaction; what their workers add later is not kept."""
    db.execute(
        f"UPDATE jobs SET forgotten = ?, config = '{{}}', result = NULL, message = ''"
        f" WHERE {where} AND forgotten IS NULL",
        [now(), value],
    )
    db.execute(
        f"DELETE FROM job_events WHERE job_id IN (SELECT id FROM jobs WHERE {where})", [value]
    )
