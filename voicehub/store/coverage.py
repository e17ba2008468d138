"""What cannot come about without a row of the audit log, so that a hand in the database shows."""

import json

from sqlite_utils import Database as SqliteDatabase

from voicehub.store.chain import audit

# A comparison is refused by its score as well, which no person reviewed.
_REVIEWED = (
    "SELECT id FROM consents WHERE state = '{0}' UNION"
    " SELECT id FROM recording_checks WHERE state = '{0}' AND reviewed IS NOT NULL"
)
# The query for identifiers, and the kind of row that each must have.
_RECORDED = (
    ("SELECT id FROM consents", "consent.given"),
    ("SELECT id FROM consents WHERE revoked IS NOT NULL", "consent.revoked"),
    ("SELECT id FROM voices", "voice.made"),
    ("SELECT id FROM voices WHERE status = 'deleted'", "voice.deleted"),
    ("SELECT voice_id FROM takedowns", "voice.taken_down"),
    (_REVIEWED.format("accepted"), "review.accepted"),
    (_REVIEWED.format("refused"), "review.refused"),
    ("SELECT id FROM optouts", "optout.added"),
    ("SELECT id FROM optouts WHERE revoked IS NOT NULL", "optout.ended"),
    ("SELECT sha256 FROM impersonations", "recording.refused"),
)


def unrecorded(db: SqliteDatabase) -> str | None:
    """Return what a row of another table came about without, as by a hand in the database."""
    first = db.execute("SELECT detail FROM audit_log WHERE number = 1").fetchone()
    before = json.loads(first[0]) if first else {}
    for query, kind in _RECORDED:
        known = set(before.get(kind, ()))
        known |= {
            row[0] for row in db.execute("SELECT subject FROM audit_log WHERE kind = ?", [kind])
        }
        strangers = sorted({row[0] for row in db.execute(query)} - known)
        if strangers:
            return f"{strangers[0]} came about without a row {kind!r}: somebody wrote past the log"
    return None


def begin(db: SqliteDatabase) -> None:
    """Write the first row: what was there before there was a log."""
    here = {kind: sorted({row[0] for row in db.execute(query)}) for query, kind in _RECORDED}
    audit(db, "log.begun", "system", "log", here)
