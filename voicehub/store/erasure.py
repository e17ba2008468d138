"""What goes when a user goes: everything of theirs but the proof that consent was given."""

from sqlite_utils import Database as SqliteDatabase

from voicehub.store.chain import audit
from voicehub.store.jobs import forget_jobs
from voicehub.store.records import Consent, Erased
from voicehub.store.rows import now, select
from voicehub.store.store import end_consent


def erase(db: SqliteDatabase, user_id: str) -> Erased:
    """Erase within a transaction; the row itself stays, without a name."""
    consents = select(db, Consent, "consents", "user_id = ? ORDER BY created, id", [user_id])
    erased = Erased(
        voices=_column(
            db, "SELECT id FROM voices WHERE owner_id = ? AND status = 'ready'", user_id
        ),
        consents=tuple(consent.id for consent in consents if consent.revoked is None),
        jobs=_column(db, "SELECT id FROM jobs WHERE user_id = ?", user_id),
        samples=_column(
            db, "SELECT path FROM samples WHERE user_id = ? AND deleted IS NULL", user_id
        ),
        speeches=_column(
            db, "SELECT path FROM speeches WHERE user_id = ? AND deleted IS NULL", user_id
        ),
        statements=tuple(each.statement_path for each in consents if each.statement_path),
    )
    for consent in consents:
        if consent.revoked is None:
            end_consent(db, consent.id)
    _erase_market(db, user_id)
    _erase_account(db, user_id)
    _erase_words(db, user_id)
    told = {"voices": len(erased.voices), "consents": len(erased.consents)}
    audit(db, "account.erased", user_id, user_id, told)
    return erased


def _erase_account(db: SqliteDatabase, user_id: str) -> None:
    db.execute("DELETE FROM sessions WHERE user_id = ?", [user_id])
    db.execute("UPDATE requests SET user_id = NULL WHERE user_id = ?", [user_id])
    db.execute(
        "UPDATE users SET deleted = ?, name = NULL, password_hash = NULL, subject = NULL"
        " WHERE id = ?",
        [now(), user_id],
    )


def _erase_market(db: SqliteDatabase, user_id: str) -> None:
    """Erase what was offered, kept and rated; licences and the ledger stay, they name nobody."""
    db.execute(
        "UPDATE listings SET state = 'withdrawn', ends = ? WHERE user_id = ?"
        " AND state <> 'withdrawn'",
        [now(), user_id],
    )
    db.execute(
        "UPDATE listings SET name = id, name_key = id, description = '', tags = '[]', words = '',"
        " reason = NULL WHERE user_id = ?",
        [user_id],
    )
    for table in ("favourites", "ratings", "collections"):
        db.execute(f"DELETE FROM {table} WHERE user_id = ?", [user_id])


def _erase_words(db: SqliteDatabase, user_id: str) -> None:
    """Erase names, texts, files' names and what jobs were asked and said."""
    db.execute(
        "UPDATE consents SET name = NULL, scope = NULL, statement_path = NULL WHERE user_id = ?",
        [user_id],
    )
    db.execute(
        "UPDATE challenges SET name = '', scope = '', code = '', text = '' WHERE user_id = ?",
        [user_id],
    )
    db.execute(
        "UPDATE samples SET deleted = coalesce(deleted, ?), path = '', original_name = '',"
        " quality = '{}' WHERE user_id = ?",
        [now(), user_id],
    )
    db.execute(
        "UPDATE speeches SET deleted = coalesce(deleted, ?), path = '', text = ''"
        " WHERE user_id = ?",
        [now(), user_id],
    )
    db.execute(
        "UPDATE jobs SET state = 'cancelled', finished = ? WHERE user_id = ? AND state = 'queued'",
        [now(), user_id],
    )
    db.execute(
        "UPDATE jobs SET cancel_requested = 1 WHERE user_id = ? AND state = 'running'", [user_id]
    )
    forget_jobs(db, "user_id = ?", user_id)


def _column(db: SqliteDatabase, query: str, user_id: str) -> tuple[str, ...]:
    return tuple(row[0] for row in db.execute(query, [user_id]).fetchall())
