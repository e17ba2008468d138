"""The tables of migration 0006: what goes to and came from a hub, whose keys are trusted, API keys.

The migration has been released: a change is a new migration, never an edit here.
"""

_NOW = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"  # as the store writes times
_NEW_ID = "lower(hex(randomblob(16)))"

TABLES = (
    # One row for each upload and each erasure; `endpoint` is empty for the local registry.
    """
    CREATE TABLE outbox (
        id TEXT PRIMARY KEY NOT NULL,
        action TEXT NOT NULL CHECK (action IN ('publish', 'withdraw')),
        endpoint TEXT NOT NULL,
        repo TEXT NOT NULL CHECK (repo LIKE '_%/_%'),
        voice_id TEXT NOT NULL REFERENCES voices (id),
        user_id TEXT NOT NULL REFERENCES users (id),
        config TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(config)),
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'void')),
        revision TEXT,
        tag TEXT,
        manifest_sha256 TEXT CHECK (length(manifest_sha256) = 64),
        error TEXT,
        created TEXT NOT NULL,
        finished TEXT,
        withdrawn TEXT,
        CHECK ((state = 'waiting') = (finished IS NULL)),
        CHECK (state <> 'done' OR action <> 'publish'
            OR (revision IS NOT NULL AND manifest_sha256 IS NOT NULL)),
        CHECK (withdrawn IS NULL OR (action = 'publish' AND state <> 'waiting'))
    ) STRICT
    """,
    "CREATE UNIQUE INDEX outbox_once ON outbox (endpoint, repo, action) WHERE state = 'waiting'",
    "CREATE INDEX outbox_by_voice ON outbox (voice_id, action)",
    """
    CREATE TABLE pulls (
        consent_id TEXT PRIMARY KEY NOT NULL REFERENCES consents (id),
        voice_id TEXT NOT NULL UNIQUE REFERENCES voices (id),
        endpoint TEXT NOT NULL,
        repo TEXT NOT NULL,
        revision TEXT NOT NULL,
        source_voice_id TEXT NOT NULL,
        consent_sha256 TEXT NOT NULL CHECK (length(consent_sha256) = 64),
        manifest_sha256 TEXT NOT NULL CHECK (length(manifest_sha256) = 64),
        public_key TEXT NOT NULL CHECK (length(public_key) = 64),
        created TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE trusted_keys (
        endpoint TEXT NOT NULL,
        owner TEXT NOT NULL,
        public_key TEXT NOT NULL CHECK (length(public_key) = 64),
        first_seen TEXT NOT NULL,
        PRIMARY KEY (endpoint, owner, public_key)
    ) STRICT
    """,
    """
    CREATE TABLE api_keys (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id),
        name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
        prefix TEXT NOT NULL,
        secret_sha256 TEXT NOT NULL UNIQUE CHECK (length(secret_sha256) = 64),
        scopes TEXT NOT NULL CHECK (json_valid(scopes)),
        characters_a_day INTEGER NOT NULL CHECK (characters_a_day > 0),
        created TEXT NOT NULL,
        last_used TEXT,
        revoked TEXT
    ) STRICT
    """,
    "CREATE INDEX api_keys_by_user ON api_keys (user_id, created)",
    """
    CREATE TABLE api_usage (
        key_id TEXT NOT NULL REFERENCES api_keys (id),
        day TEXT NOT NULL,
        requests INTEGER NOT NULL CHECK (requests >= 0),
        characters INTEGER NOT NULL CHECK (characters >= 0),
        PRIMARY KEY (key_id, day)
    ) STRICT
    """,
)

REPLACED = ("checkpoints_need_consent",)

TRIGGERS = (
    # A voice that was pulled has no recordings here; what it was made from its parcel proves.
    """
    CREATE TRIGGER checkpoints_need_consent BEFORE INSERT ON checkpoints
    WHEN NOT EXISTS (SELECT 1 FROM speaking_voices WHERE id = NEW.voice_id)
        OR (NEW.parent_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM checkpoints WHERE id = NEW.parent_id AND voice_id = NEW.voice_id
        ))
        OR EXISTS (SELECT 1 FROM unchecked_recordings WHERE voice_id = NEW.voice_id)
        OR NOT EXISTS (
            SELECT 1 FROM recordings WHERE voice_id = NEW.voice_id
            UNION ALL SELECT 1 FROM pulls WHERE voice_id = NEW.voice_id
        )
    BEGIN SELECT RAISE(ABORT,
        'consent: a version needs a voice whose consent holds, and recordings it was checked with'
    ); END
    """,
    """
    CREATE TRIGGER outbox_needs_consent BEFORE INSERT ON outbox
    WHEN NEW.action = 'publish' AND NOT EXISTS (
        SELECT 1 FROM speaking_voices WHERE id = NEW.voice_id AND owner_id = NEW.user_id
    )
    BEGIN SELECT RAISE(ABORT, 'consent: only one''s own voice whose consent holds goes out'); END
    """,
    """
    CREATE TRIGGER outbox_not_pulled BEFORE INSERT ON outbox
    WHEN NEW.action = 'publish' AND EXISTS (SELECT 1 FROM pulls WHERE voice_id = NEW.voice_id)
    BEGIN SELECT RAISE(ABORT, 'consent: a voice that was pulled is not published again'); END
    """,
    # The row and its job appear together: what was asked for is never forgotten.
    f"""
    CREATE TRIGGER outbox_runs AFTER INSERT ON outbox
    BEGIN
        INSERT INTO jobs (id, user_id, kind, lane, config, created)
        VALUES ({_NEW_ID}, NEW.user_id, 'hub', 'hub',
            json_object('outbox_id', NEW.id), NEW.created);
    END
    """,
    """
    CREATE TRIGGER outbox_keeps BEFORE UPDATE ON outbox
    WHEN NEW.id IS NOT OLD.id OR NEW.action IS NOT OLD.action
        OR NEW.endpoint IS NOT OLD.endpoint OR NEW.repo IS NOT OLD.repo
        OR NEW.voice_id IS NOT OLD.voice_id OR NEW.created IS NOT OLD.created
        OR (OLD.state <> 'waiting' AND (NEW.state IS NOT OLD.state
            OR NEW.revision IS NOT OLD.revision OR NEW.finished IS NOT OLD.finished))
        OR (OLD.withdrawn IS NOT NULL AND NEW.withdrawn IS NOT OLD.withdrawn)
    BEGIN SELECT RAISE(ABORT, 'what went out is not rewritten'); END
    """,
    """
    CREATE TRIGGER outbox_stays BEFORE DELETE ON outbox
    BEGIN SELECT RAISE(ABORT, 'the row of what went out stays'); END
    """,
    # However a voice goes (deletion, revocation, an account's end), its copies elsewhere go too. The
    # operator does it: the owner may be gone by then.
    f"""
    CREATE TRIGGER voices_withdrawn AFTER UPDATE ON voices
    WHEN NEW.status = 'deleted' AND OLD.status = 'ready'
    BEGIN
        UPDATE outbox SET state = 'void', finished = {_NOW}
        WHERE voice_id = NEW.id AND action = 'publish' AND state = 'waiting';
        INSERT OR IGNORE INTO outbox (id, action, endpoint, repo, voice_id, user_id, created)
        SELECT {_NEW_ID}, 'withdraw', endpoint, repo, NEW.id, 'operator', {_NOW}
        FROM outbox WHERE voice_id = NEW.id AND action = 'publish' AND withdrawn IS NULL
        GROUP BY endpoint, repo;
    END
    """,
    """
    CREATE TRIGGER pulls_stay_1 BEFORE UPDATE ON pulls
    BEGIN SELECT RAISE(ABORT, 'consent: where a voice was pulled from is not changed'); END
    """,
    """
    CREATE TRIGGER pulls_stay_2 BEFORE DELETE ON pulls
    BEGIN SELECT RAISE(ABORT, 'consent: where a voice was pulled from stays as proof'); END
    """,
    """
    CREATE TRIGGER api_keys_keep BEFORE UPDATE ON api_keys
    WHEN NEW.id IS NOT OLD.id OR NEW.secret_sha256 IS NOT OLD.secret_sha256
        OR NEW.scopes IS NOT OLD.scopes OR NEW.created IS NOT OLD.created
        OR (OLD.revoked IS NOT NULL AND NEW.revoked IS NOT OLD.revoked)
        OR (NEW.user_id IS NOT OLD.user_id
            AND (SELECT kind FROM users WHERE id = OLD.user_id) <> 'guest')
    BEGIN SELECT RAISE(ABORT, 'a key is made once and revoked once'); END
    """,
    # A guest has no keys, so that what a program uses does not vanish after a day.
    """
    CREATE TRIGGER api_keys_of_members BEFORE INSERT ON api_keys
    WHEN NOT EXISTS (
        SELECT 1 FROM users WHERE id = NEW.user_id AND kind <> 'guest' AND deleted IS NULL
    )
    BEGIN SELECT RAISE(ABORT, 'a key needs an account'); END
    """,
    f"""
    CREATE TRIGGER users_leave_no_keys AFTER UPDATE ON users
    WHEN NEW.deleted IS NOT NULL AND OLD.deleted IS NULL
    BEGIN
        UPDATE api_keys SET revoked = {_NOW} WHERE user_id = NEW.id AND revoked IS NULL;
    END
    """,
)
