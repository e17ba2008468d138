"""Totals over all users, for those who watch over an installation: numbers, and nobody's name."""

from dataclasses import dataclass

from voicehub.store.database import Database
from voicehub.store.rows import now


@dataclass(frozen=True)
class Totals:
    """What there is now, and what was made since the beginning."""

    users: dict[str, int]  # by kind
    voices: int
    speech_seconds: dict[str, float]  # by kind of generation
    queued: dict[str, int]  # by lane
    oldest_queued_seconds: dict[str, float]  # by lane; 0 where nothing waits


def totals(database: Database) -> Totals:
    """Count in one state of the database."""
    with database.read() as db:
        users = db.execute("SELECT kind, count(*) FROM users WHERE deleted IS NULL GROUP BY kind")
        users_by_kind = dict(users.fetchall())
        voices = db.execute("SELECT count(*) FROM voices WHERE status = 'ready'").fetchone()[0]
        seconds = db.execute("SELECT kind, sum(seconds) FROM generations GROUP BY kind").fetchall()
        waiting = db.execute(
            "SELECT lane, count(*), (julianday(?) - julianday(min(created))) * 86400 FROM jobs"
            " WHERE state = 'queued' GROUP BY lane",
            [now()],
        ).fetchall()
    return Totals(
        users_by_kind,
        int(voices),
        dict(seconds),
        {lane: number for lane, number, _ in waiting},
        {lane: max(0.0, float(age)) for lane, _, age in waiting},
    )
