"""The schema, as migrations that run once, in order, each in a transaction.

A migration that has been released is never edited: a change is a new one at the end.
"""

import json

from sqlite_utils import Database, Migrations

from voicehub.store import tables_0003, tables_0005, tables_0007, triggers_0003, triggers_0007
from voicehub.store.coverage import begin
from voicehub.store.rows import new_id, now
from voicehub.store.tables_0002 import NEW_COLUMNS, NEW_TABLES
from voicehub.store.tables_0004 import MARKS
from voicehub.store.tables_0006 import REPLACED as REPLACED_0006
from voicehub.store.tables_0006 import TABLES as TABLES_0006
from voicehub.store.tables_0006 import TRIGGERS as TRIGGERS_0006
from voicehub.store.triggers_0002 import REPLACED, TRIGGERS

MIGRATIONS = Migrations("voicehub")

_TABLES = (
    """
    CREATE TABLE consents (
        id TEXT PRIMARY KEY NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('spoken', 'corpus-licence')),
        created TEXT NOT NULL,
        statement_sha256 TEXT CHECK (length(statement_sha256) = 64),
        text_version TEXT,
        licence TEXT CHECK (length(trim(licence)) BETWEEN 1 AND 200),
        attribution TEXT CHECK (length(trim(attribution)) BETWEEN 1 AND 2000),
        revoked TEXT,
        CHECK (
            (kind = 'spoken' AND statement_sha256 IS NOT NULL AND text_version IS NOT NULL
                AND licence IS NULL AND attribution IS NULL)
            OR (kind = 'corpus-licence' AND licence IS NOT NULL AND attribution IS NOT NULL
                AND statement_sha256 IS NULL AND text_version IS NULL)
        )
    ) STRICT
    """,
    """
    CREATE TABLE voices (
        id TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
        created TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('zero-shot', 'adapter', 'full')),
        base_id TEXT NOT NULL,
        folder TEXT NOT NULL UNIQUE,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        status TEXT NOT NULL DEFAULT 'ready' CHECK (status IN ('ready', 'deleted')),
        metrics TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metrics)),
        consent_id TEXT NOT NULL REFERENCES consents (id)
    ) STRICT
    """,
    "CREATE UNIQUE INDEX voices_by_name ON voices (name COLLATE NOCASE) WHERE status = 'ready'",
    "CREATE INDEX voices_by_consent ON voices (consent_id)",
    """
    CREATE TABLE recordings (
        voice_id TEXT NOT NULL REFERENCES voices (id),
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        seconds REAL NOT NULL CHECK (seconds > 0),
        quality TEXT NOT NULL CHECK (json_valid(quality)),
        PRIMARY KEY (voice_id, sha256)
    ) STRICT
    """,
    """
    CREATE TABLE generations (
        id TEXT PRIMARY KEY NOT NULL,
        voice_id TEXT NOT NULL REFERENCES voices (id),
        consent_id TEXT NOT NULL REFERENCES consents (id),
        created TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('speak', 'convert')),
        seconds REAL NOT NULL CHECK (seconds >= 0),
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64)
    ) STRICT
    """,
    "CREATE INDEX generations_by_voice ON generations (voice_id, created)",
    "CREATE INDEX generations_by_hash ON generations (sha256)",
    """
    CREATE TABLE evaluations (
        id TEXT PRIMARY KEY NOT NULL,
        voice_id TEXT NOT NULL REFERENCES voices (id),
        created TEXT NOT NULL,
        metrics TEXT NOT NULL CHECK (json_valid(metrics))
    ) STRICT
    """,
)

# The messages begin with the word that the store turns into an error of the same name.
_TRIGGERS = (
    """
    CREATE TRIGGER voices_need_consent BEFORE INSERT ON voices
    WHEN NOT EXISTS (SELECT 1 FROM consents WHERE id = NEW.consent_id AND revoked IS NULL)
    BEGIN SELECT RAISE(ABORT, 'consent: a voice needs a consent that has not been revoked'); END
    """,
    """
    CREATE TRIGGER voices_keep_consent BEFORE UPDATE ON voices
    WHEN NEW.consent_id IS NOT OLD.consent_id OR NEW.id IS NOT OLD.id OR (
        NEW.status = 'ready' AND (
            OLD.status <> 'ready'
            OR NOT EXISTS (SELECT 1 FROM consents WHERE id = NEW.consent_id AND revoked IS NULL)
        )
    )
    BEGIN SELECT RAISE(ABORT, 'consent: the consent of a voice cannot be changed or revived'); END
    """,
    """
    CREATE TRIGGER voices_stay BEFORE DELETE ON voices
    BEGIN SELECT RAISE(ABORT, 'consent: the row of a voice stays as proof'); END
    """,
    """
    CREATE TRIGGER generations_need_consent BEFORE INSERT ON generations
    WHEN NOT EXISTS (
        SELECT 1 FROM voices JOIN consents ON consents.id = voices.consent_id
        WHERE voices.id = NEW.voice_id AND voices.status = 'ready'
            AND consents.id = NEW.consent_id AND consents.revoked IS NULL
    )
    BEGIN SELECT RAISE(ABORT, 'consent: speech needs a voice whose consent holds'); END
    """,
    """
    CREATE TRIGGER evaluations_need_consent BEFORE INSERT ON evaluations
    WHEN NOT EXISTS (
        SELECT 1 FROM voices JOIN consents ON consents.id = voices.consent_id
        WHERE voices.id = NEW.voice_id AND voices.status = 'ready' AND consents.revoked IS NULL
    )
    BEGIN SELECT RAISE(ABORT, 'consent: scores need a voice whose consent holds'); END
    """,
    """
    CREATE TRIGGER generations_only_grow_1 BEFORE UPDATE ON generations
    BEGIN SELECT RAISE(ABORT, 'consent: the log of speech only grows'); END
    """,
    """
    CREATE TRIGGER generations_only_grow_2 BEFORE DELETE ON generations
    BEGIN SELECT RAISE(ABORT, 'consent: the log of speech only grows'); END
    """,
    """
    CREATE TRIGGER consents_stay BEFORE DELETE ON consents
    BEGIN SELECT RAISE(ABORT, 'consent: the row of a consent stays as proof'); END
    """,
    """
    CREATE TRIGGER consents_only_revoked BEFORE UPDATE ON consents
    WHEN OLD.revoked IS NOT NULL OR NEW.revoked IS NULL OR NEW.id IS NOT OLD.id
        OR NEW.kind IS NOT OLD.kind OR NEW.created IS NOT OLD.created
        OR NEW.statement_sha256 IS NOT OLD.statement_sha256
        OR NEW.text_version IS NOT OLD.text_version
        OR NEW.licence IS NOT OLD.licence OR NEW.attribution IS NOT OLD.attribution
    BEGIN SELECT RAISE(ABORT, 'consent: a consent can only be revoked, once'); END
    """,
)


@MIGRATIONS(name="0001-voices-and-consents")
def _voices_and_consents(db: Database) -> None:
    for statement in (*_TABLES, *_TRIGGERS):
        db.execute(statement)


@MIGRATIONS(name="0002-accounts-versions-and-jobs")
def _accounts_versions_and_jobs(db: Database) -> None:
    for name in REPLACED:
        db.execute(f"DROP TRIGGER {name}")
    for statement in NEW_TABLES[:1]:
        db.execute(statement)
    db.execute(
        "INSERT INTO users (id, kind, name, created) VALUES ('operator', 'operator', 'operator', ?)",
        [now()],
    )
    for statement in (*NEW_TABLES[1:], *NEW_COLUMNS):
        db.execute(statement)
    _first_versions(db)
    for statement in TRIGGERS:
        db.execute(statement)


@MIGRATIONS(name="0003-checked-consents")
def _checked_consents(db: Database) -> None:
    for name in triggers_0003.REPLACED:
        db.execute(f"DROP TRIGGER {name}")
    for statement in (
        *tables_0003.NEW_COLUMNS,
        *tables_0003.NEW_TABLES,
        *tables_0003.OLD_ROWS,
        *triggers_0003.VIEWS,
        *triggers_0003.TRIGGERS,
    ):
        db.execute(statement)


def _first_versions(db: Database) -> None:
    """Make the weights of each voice its first version, under the number its folder has."""
    voices = db.execute(
        "SELECT id, folder, sha256, kind, base_id, created, metrics FROM voices"
        " WHERE status = 'ready' ORDER BY created, id"
    ).fetchall()
    for voice_id, folder, sha256, kind, base_id, created, metrics in voices:
        last = folder.rsplit("/", 1)[-1]
        number = int(last) if last.isdecimal() and int(last) > 0 else 1
        step = json.loads(metrics).get("steps", 0)
        db.execute(
            "INSERT INTO checkpoints (id, voice_id, number, step, folder, sha256, kind, base_id,"
            " created, metrics, current) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            [
                new_id(), voice_id, number, int(step) if step >= 0 else 0, folder, sha256, kind,
                base_id, created, metrics,
            ],
        )  # fmt: skip


@MIGRATIONS(name="0004-marks-and-manifests")
def _marks_and_manifests(db: Database) -> None:
    for statement in MARKS:
        db.execute(statement)


@MIGRATIONS(name="0005-audit-and-misuse")
def _audit_and_misuse(db: Database) -> None:
    for statement in (*tables_0005.NEW_TABLES, *tables_0005.TRIGGERS):
        db.execute(statement)
    begin(db)


@MIGRATIONS(name="0006-hub-and-keys")
def _hub_and_keys(db: Database) -> None:
    for name in REPLACED_0006:
        db.execute(f"DROP TRIGGER {name}")
    for statement in (*TABLES_0006, *TRIGGERS_0006):
        db.execute(statement)


@MIGRATIONS(name="0007-marketplace")
def _marketplace(db: Database) -> None:
    for name in triggers_0007.REPLACED:
        db.execute(f"DROP TRIGGER {name}")
    for statement in (*tables_0007.NEW_TABLES, *triggers_0007.TRIGGERS):
        db.execute(statement)
