"""The tables of migration 0003: what a consent allows, who was compared with whom, and what was heard.

The migration has been released: a change is a new migration, never an edit here.
"""

_USES = (
    ("for_speech", 1),
    ("for_conversion", 1),
    ("for_sale", 0),
)

NEW_COLUMNS = (
    *(
        f"ALTER TABLE {table} ADD COLUMN {name} INTEGER NOT NULL DEFAULT {default}"
        f" CHECK ({name} IN (0, 1))"
        for table in ("challenges", "consents")
        for name, default in _USES
    ),
    "ALTER TABLE challenges ADD COLUMN until TEXT",
    "ALTER TABLE consents ADD COLUMN until TEXT",
    "ALTER TABLE consents ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN"
    " ('licensed', 'recorded', 'verified', 'waiting', 'accepted', 'refused'))",
    "ALTER TABLE consents ADD COLUMN reviewed TEXT",
    "ALTER TABLE consents ADD COLUMN review_note TEXT CHECK (length(review_note) <= 1000)",
)

NEW_TABLES = (
    """
    CREATE TABLE recording_checks (
        id TEXT PRIMARY KEY NOT NULL,
        consent_id TEXT NOT NULL REFERENCES consents (id),
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        score REAL NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('matched', 'waiting', 'accepted', 'refused')),
        accept REAL NOT NULL,
        refuse REAL NOT NULL,
        checked_by TEXT NOT NULL,
        created TEXT NOT NULL,
        reviewed TEXT,
        review_note TEXT CHECK (length(review_note) <= 1000),
        UNIQUE (consent_id, sha256)
    ) STRICT
    """,
    """
    CREATE TABLE voiceprints (
        voice_id TEXT PRIMARY KEY NOT NULL REFERENCES voices (id),
        vector BLOB NOT NULL CHECK (length(vector) = 512),
        created TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE optouts (
        id TEXT PRIMARY KEY NOT NULL,
        label TEXT NOT NULL CHECK (length(label) BETWEEN 1 AND 200),
        vector BLOB CHECK (length(vector) = 512),
        created TEXT NOT NULL,
        revoked TEXT,
        CHECK ((revoked IS NULL) = (vector IS NOT NULL))
    ) STRICT
    """,
    """
    CREATE TABLE impersonations (
        id TEXT PRIMARY KEY NOT NULL,
        at TEXT NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id),
        kind TEXT NOT NULL CHECK (kind IN ('voice', 'optout')),
        matched_id TEXT NOT NULL,
        score REAL NOT NULL,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64)
    ) STRICT
    """,
    """
    CREATE TABLE fingerprints (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('statement', 'sample', 'generation')),
        ref TEXT NOT NULL,
        bits BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX fingerprints_by_ref ON fingerprints (kind, ref)",
    # Counts every change of whom a newcomer is compared with, so that a copy in memory knows its age.
    """
    CREATE TABLE voiceprint_changes (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        version INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO voiceprint_changes (one, version) VALUES (1, 0)",
)

# Whatever was made before anybody compared anything waits for a person; the operator's own stays.
OLD_ROWS = (
    "UPDATE consents SET state = CASE WHEN kind = 'corpus-licence' THEN 'licensed'"
    " WHEN user_id = 'operator' THEN 'recorded' ELSE 'waiting' END",
    "INSERT INTO recording_checks"
    " (id, consent_id, sha256, score, state, accept, refuse, checked_by, created)"
    " SELECT DISTINCT voices.consent_id || '-' || recordings.sha256, voices.consent_id,"
    " recordings.sha256, 0.0, 'waiting', 1.0, -1.0, 'nobody', min(voices.created)"
    " FROM recordings JOIN voices ON voices.id = recordings.voice_id"
    " JOIN consents ON consents.id = voices.consent_id"
    " WHERE consents.kind = 'spoken' GROUP BY voices.consent_id, recordings.sha256",
)
