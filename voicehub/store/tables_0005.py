"""The tables and triggers of migration 0005: the audit log, reports, takedowns, strikes.

The migration has been released: a change is a new migration, never an edit here. A message begins
with the word that the database turns into an error of the same name.
"""

NEW_TABLES = (
    """
    CREATE TABLE audit_log (
        number INTEGER PRIMARY KEY NOT NULL CHECK (number >= 1),
        at TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 80),
        actor TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL CHECK (json_valid(detail)),
        previous_sha256 TEXT NOT NULL CHECK (length(previous_sha256) = 64),
        sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64)
    ) STRICT
    """,
    "CREATE INDEX audit_log_by_kind ON audit_log (kind, number)",
    """
    CREATE TABLE reports (
        id TEXT PRIMARY KEY NOT NULL,
        about TEXT NOT NULL CHECK (length(about) BETWEEN 1 AND 500),
        voice_id TEXT REFERENCES voices (id),
        category TEXT NOT NULL
            CHECK (category IN ('impersonation', 'fraud', 'harassment', 'unlawful', 'other')),
        words TEXT NOT NULL CHECK (length(words) <= 4000),
        contact TEXT CHECK (length(contact) BETWEEN 1 AND 200),
        state TEXT NOT NULL DEFAULT 'received'
            CHECK (state IN ('received', 'acknowledged', 'decided')),
        received TEXT NOT NULL,
        acknowledge_by TEXT NOT NULL,
        decide_by TEXT NOT NULL,
        acknowledged TEXT,
        decided TEXT,
        decision TEXT CHECK (decision IN ('upheld', 'rejected')),
        appeal TEXT CHECK (length(appeal) BETWEEN 1 AND 4000),
        appealed TEXT,
        CHECK ((state = 'received') = (acknowledged IS NULL)),
        CHECK ((state = 'decided') = (decided IS NOT NULL)),
        CHECK ((decided IS NULL) = (decision IS NULL)),
        CHECK ((appeal IS NULL) = (appealed IS NULL))
    ) STRICT
    """,
    "CREATE INDEX reports_by_state ON reports (state, received)",
    "CREATE INDEX reports_by_voice ON reports (voice_id) WHERE voice_id IS NOT NULL",
    """
    CREATE TABLE takedowns (
        id TEXT PRIMARY KEY NOT NULL,
        voice_id TEXT NOT NULL REFERENCES voices (id),
        report_id TEXT NOT NULL REFERENCES reports (id),
        at TEXT NOT NULL,
        lifted TEXT
    ) STRICT
    """,
    "CREATE UNIQUE INDEX takedowns_once ON takedowns (voice_id) WHERE lifted IS NULL",
    """
    CREATE TABLE strikes (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id),
        report_id TEXT NOT NULL REFERENCES reports (id),
        at TEXT NOT NULL,
        withdrawn TEXT
    ) STRICT
    """,
    "CREATE UNIQUE INDEX strikes_once ON strikes (report_id) WHERE withdrawn IS NULL",
    "CREATE INDEX strikes_by_user ON strikes (user_id) WHERE withdrawn IS NULL",
)

_AUDIT = (
    # The number and the hash before are those of the last row: nothing goes in between, and no
    # INSERT OR REPLACE, which fires no trigger of deletion, takes a row's place.
    """
    CREATE TRIGGER audit_log_chained BEFORE INSERT ON audit_log
    WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM audit_log)
        OR NEW.previous_sha256 IS NOT coalesce(
            (SELECT sha256 FROM audit_log ORDER BY number DESC LIMIT 1), printf('%064d', 0))
        OR EXISTS (SELECT 1 FROM audit_log WHERE sha256 = NEW.sha256)
    BEGIN SELECT RAISE(ABORT, 'the audit log only grows, row by row'); END
    """,
    """
    CREATE TRIGGER audit_log_only_grows_1 BEFORE UPDATE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END
    """,
    """
    CREATE TRIGGER audit_log_only_grows_2 BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END
    """,
)

# INSERT OR REPLACE deletes what it replaces without any trigger of deletion: a revoked consent
# would come back valid, and the log of speech would change.
_KEPT = ("users", "consents", "challenges", "voices", "checkpoints", "generations", "jobs",
         "reports", "takedowns", "strikes")  # fmt: skip
_REPLACING = tuple(
    f"""
    CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table}
    WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'a row that is there is not replaced'); END
    """
    for table in _KEPT
)

_TAKEN_DOWN = (
    *(
        f"""
        CREATE TRIGGER {table}_not_taken_down BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM takedowns WHERE voice_id = NEW.voice_id AND lifted IS NULL)
        BEGIN SELECT RAISE(ABORT,
            'consent: this voice was taken down after a report, nothing can be made with it'); END
        """
        for table in ("jobs", "generations", "speeches", "checkpoints", "evaluations")
    ),
    """
    CREATE TRIGGER checkpoints_not_taken_down_2 BEFORE UPDATE ON checkpoints
    WHEN NEW.current = 1 AND OLD.current = 0
        AND EXISTS (SELECT 1 FROM takedowns WHERE voice_id = NEW.voice_id AND lifted IS NULL)
    BEGIN SELECT RAISE(ABORT,
        'consent: this voice was taken down after a report, nothing can be made with it'); END
    """,
    """
    CREATE TRIGGER takedowns_lifted_once BEFORE UPDATE ON takedowns
    WHEN NEW.id IS NOT OLD.id OR NEW.voice_id IS NOT OLD.voice_id OR NEW.at IS NOT OLD.at
        OR NEW.report_id IS NOT OLD.report_id
        OR (OLD.lifted IS NOT NULL AND NEW.lifted IS NOT OLD.lifted)
    BEGIN SELECT RAISE(ABORT, 'a takedown is only lifted, once'); END
    """,
    *(
        f"""
        CREATE TRIGGER {table}_stay BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, 'what was reported and decided stays'); END
        """
        for table in ("reports", "takedowns", "strikes")
    ),
)

MOST_STRIKES = 3  # with so many a user makes no voices any more
_STRUCK = (
    f"(SELECT count(*) FROM strikes WHERE user_id = {{}} AND withdrawn IS NULL) >= {MOST_STRIKES}"
)
_STRIKES = tuple(
    f"""
    CREATE TRIGGER {table}_without_strikes BEFORE INSERT ON {table}
    WHEN {condition} AND {_STRUCK.format(owner)}
    BEGIN SELECT RAISE(ABORT,
        'consent: reports on your voices were upheld {MOST_STRIKES} times: no new voices can be made'); END
    """
    for table, owner, condition in (
        ("voices", "NEW.owner_id", "1"),
        ("jobs", "NEW.user_id", "NEW.kind IN ('clone', 'preview', 'demo')"),
    )
)

TRIGGERS = (*_AUDIT, *_REPLACING, *_TAKEN_DOWN, *_STRIKES)
