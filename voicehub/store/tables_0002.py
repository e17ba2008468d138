"""The tables of migration 0002: users, samples, versions of voices, jobs, speech, limits.

The migration has been released: a change is a new migration, never an edit here.
"""

NEW_TABLES = (
    """
    CREATE TABLE users (
        id TEXT PRIMARY KEY NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('operator', 'guest', 'local', 'hf')),
        name TEXT CHECK (length(name) BETWEEN 1 AND 100),
        password_hash TEXT,
        subject TEXT UNIQUE,
        created TEXT NOT NULL,
        expires TEXT,
        deleted TEXT,
        CHECK ((kind = 'operator') = (id = 'operator')),
        CHECK (kind = 'guest' OR expires IS NULL),
        CHECK (kind <> 'local' OR deleted IS NOT NULL
            OR (name IS NOT NULL AND password_hash IS NOT NULL)),
        CHECK (kind <> 'hf' OR deleted IS NOT NULL OR subject IS NOT NULL),
        CHECK (deleted IS NULL OR coalesce(name, password_hash, subject) IS NULL)
    ) STRICT
    """,
    # Among local accounts only: a name at Hugging Face may pass to somebody else there.
    "CREATE UNIQUE INDEX users_by_name ON users (name COLLATE NOCASE) WHERE kind = 'local'",
    """
    CREATE TABLE sessions (
        token_sha256 TEXT PRIMARY KEY NOT NULL CHECK (length(token_sha256) = 64),
        user_id TEXT NOT NULL REFERENCES users (id),
        created TEXT NOT NULL,
        expires TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX sessions_by_user ON sessions (user_id)",
    """
    CREATE TABLE challenges (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id),
        language TEXT NOT NULL,
        name TEXT NOT NULL,
        scope TEXT NOT NULL,
        code TEXT NOT NULL,
        text TEXT NOT NULL,
        text_version TEXT NOT NULL,
        created TEXT NOT NULL,
        expires TEXT NOT NULL,
        used TEXT,
        attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0)
    ) STRICT
    """,
    "CREATE INDEX challenges_by_user ON challenges (user_id, created)",
    """
    CREATE TABLE samples (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id),
        path TEXT NOT NULL,
        original_name TEXT NOT NULL,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        seconds REAL NOT NULL CHECK (seconds > 0),
        quality TEXT NOT NULL CHECK (json_valid(quality)),
        created TEXT NOT NULL,
        expires TEXT,
        deleted TEXT
    ) STRICT
    """,
    "CREATE UNIQUE INDEX samples_once ON samples (user_id, sha256) WHERE deleted IS NULL",
    """
    CREATE TABLE checkpoints (
        id TEXT PRIMARY KEY NOT NULL,
        voice_id TEXT NOT NULL REFERENCES voices (id),
        number INTEGER NOT NULL CHECK (number >= 1),
        parent_id TEXT REFERENCES checkpoints (id),
        step INTEGER NOT NULL CHECK (step >= 0),
        folder TEXT NOT NULL UNIQUE,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        kind TEXT NOT NULL CHECK (kind IN ('zero-shot', 'adapter', 'full')),
        base_id TEXT NOT NULL,
        created TEXT NOT NULL,
        score REAL,
        similarity REAL,
        metrics TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metrics)),
        current INTEGER NOT NULL DEFAULT 0 CHECK (current IN (0, 1)),
        deleted TEXT,
        UNIQUE (voice_id, number),
        CHECK (current = 0 OR deleted IS NULL)
    ) STRICT
    """,
    "CREATE UNIQUE INDEX checkpoints_current ON checkpoints (voice_id) WHERE current = 1",
    """
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id),
        kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
        lane TEXT NOT NULL CHECK (length(lane) BETWEEN 1 AND 40),
        state TEXT NOT NULL DEFAULT 'queued'
            CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
        config TEXT NOT NULL CHECK (json_valid(config)),
        result TEXT CHECK (result IS NULL OR json_valid(result)),
        error TEXT,
        voice_id TEXT REFERENCES voices (id),
        consent_id TEXT REFERENCES consents (id),
        created TEXT NOT NULL,
        started TEXT,
        finished TEXT,
        attempt INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
        worker TEXT,
        lease_expires TEXT,
        progress REAL NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
        message TEXT NOT NULL DEFAULT '',
        eta_seconds REAL,
        cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
        idempotency_key TEXT CHECK (length(idempotency_key) BETWEEN 1 AND 200),
        forgotten TEXT,
        CHECK ((state = 'running') = (worker IS NOT NULL)),
        CHECK ((state = 'running') = (lease_expires IS NOT NULL)),
        CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished IS NOT NULL)),
        CHECK (state <> 'failed' OR error IS NOT NULL),
        CHECK (forgotten IS NULL OR (config = '{}' AND result IS NULL AND message = ''))
    ) STRICT
    """,
    "CREATE UNIQUE INDEX jobs_once ON jobs (user_id, idempotency_key)",
    "CREATE INDEX jobs_by_lane ON jobs (lane, state, created)",
    "CREATE INDEX jobs_by_user ON jobs (user_id, lane, started)",
    "CREATE INDEX jobs_by_kind ON jobs (kind, state, finished)",
    "CREATE INDEX jobs_by_voice ON jobs (voice_id) WHERE voice_id IS NOT NULL",
    """
    CREATE TABLE job_events (
        id INTEGER PRIMARY KEY,
        job_id TEXT NOT NULL REFERENCES jobs (id),
        at TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
        data TEXT NOT NULL CHECK (json_valid(data))
    ) STRICT
    """,
    "CREATE INDEX job_events_by_job ON job_events (job_id, id)",
    """
    CREATE TABLE speeches (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id),
        voice_id TEXT NOT NULL REFERENCES voices (id),
        job_id TEXT REFERENCES jobs (id),
        kind TEXT NOT NULL CHECK (kind IN ('speak', 'convert')),
        text TEXT NOT NULL,
        path TEXT NOT NULL,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        seconds REAL NOT NULL CHECK (seconds >= 0),
        format TEXT NOT NULL,
        created TEXT NOT NULL,
        expires TEXT,
        deleted TEXT
    ) STRICT
    """,
    "CREATE INDEX speeches_by_user ON speeches (user_id, created)",
    """
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY,
        user_id TEXT REFERENCES users (id),
        address_sha256 TEXT CHECK (length(address_sha256) = 64),
        kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
        at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX requests_by_user ON requests (user_id, kind, at)",
    "CREATE INDEX requests_by_address ON requests (address_sha256, kind, at)",
    "CREATE INDEX requests_by_time ON requests (at)",
    """
    CREATE TABLE workers (
        id TEXT PRIMARY KEY NOT NULL,
        lane TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started TEXT NOT NULL,
        beat TEXT NOT NULL
    ) STRICT
    """,
)

# What 0001 made belongs to the operator, whose row exists before these columns do.
NEW_COLUMNS = (
    "ALTER TABLE consents ADD COLUMN user_id TEXT NOT NULL DEFAULT 'operator' REFERENCES users (id)",
    "ALTER TABLE consents ADD COLUMN language TEXT",
    "ALTER TABLE consents ADD COLUMN name TEXT",
    "ALTER TABLE consents ADD COLUMN scope TEXT",
    "ALTER TABLE consents ADD COLUMN challenge_id TEXT REFERENCES challenges (id)",
    "ALTER TABLE consents ADD COLUMN statement_path TEXT",
    "ALTER TABLE consents ADD COLUMN verification TEXT NOT NULL DEFAULT '{}'"
    " CHECK (json_valid(verification))",
    "ALTER TABLE consents ADD COLUMN spoken_at TEXT",
    "CREATE UNIQUE INDEX consents_by_challenge ON consents (challenge_id)",
    "CREATE INDEX consents_by_user ON consents (user_id)",
    "ALTER TABLE voices ADD COLUMN owner_id TEXT NOT NULL DEFAULT 'operator' REFERENCES users (id)",
    "ALTER TABLE voices ADD COLUMN expires TEXT",
    "DROP INDEX voices_by_name",
    "CREATE UNIQUE INDEX voices_by_name ON voices (owner_id, name COLLATE NOCASE)"
    " WHERE status = 'ready'",
)
