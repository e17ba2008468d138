"""All rows that are about a user, as plain JSON: what they may ask a copy of."""

import json
from typing import Any

from sqlite_utils import Database as SqliteDatabase

from voicehub.store.database import Database

# What each table holds of a user; secrets and what would tell of others stay here.
_QUERIES = {
    "user": "SELECT id, kind, name, subject, created, expires FROM users WHERE id = :user",
    "sessions": "SELECT created, expires FROM sessions WHERE user_id = :user",
    "challenges": "SELECT * FROM challenges WHERE user_id = :user",
    "consents": "SELECT * FROM consents WHERE user_id = :user",
    "samples": "SELECT * FROM samples WHERE user_id = :user",
    "voices": "SELECT * FROM voices WHERE owner_id = :user",
    "checkpoints": "SELECT checkpoints.* FROM checkpoints JOIN voices ON voices.id = voice_id"
    " WHERE owner_id = :user",
    "recordings": "SELECT recordings.* FROM recordings JOIN voices ON voices.id = voice_id"
    " WHERE owner_id = :user",
    "generations": "SELECT generations.* FROM generations JOIN voices ON voices.id = voice_id"
    " WHERE owner_id = :user",
    "evaluations": "SELECT evaluations.* FROM evaluations JOIN voices ON voices.id = voice_id"
    " WHERE owner_id = :user",
    "speeches": "SELECT * FROM speeches WHERE user_id = :user",
    "jobs": "SELECT id, kind, state, config, result, error, voice_id, consent_id, created, started,"
    " finished FROM jobs WHERE user_id = :user",
    "job_events": "SELECT job_events.* FROM job_events JOIN jobs ON jobs.id = job_id"
    " WHERE user_id = :user",
    "requests": "SELECT kind, at FROM requests WHERE user_id = :user",
    "takedowns": "SELECT takedowns.at, takedowns.lifted, takedowns.voice_id, reports.category,"
    " reports.appeal FROM takedowns JOIN reports ON reports.id = report_id"
    " JOIN voices ON voices.id = takedowns.voice_id WHERE owner_id = :user",
    "strikes": "SELECT at, withdrawn, report_id FROM strikes WHERE user_id = :user",
    "audit_log": "SELECT number, at, kind, subject, detail FROM audit_log WHERE actor = :user",
}  # fmt: skip
_JSON = frozenset({"metrics", "quality", "verification", "config", "result", "data", "detail"})


def rows_about(database: Database, user_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table that are about a user, all of one state."""
    with database.read() as db:
        return {table: _rows(db, query, user_id) for table, query in _QUERIES.items()}


def _rows(db: SqliteDatabase, query: str, user_id: str) -> list[dict[str, Any]]:
    found = db.execute(query, {"user": user_id})
    names = [column[0] for column in found.description]
    return [
        {name: _plain(name, value) for name, value in zip(names, row, strict=True)}
        for row in found.fetchall()
    ]


def _plain(name: str, value: Any) -> Any:
    return json.loads(value) if name in _JSON and value is not None else value
