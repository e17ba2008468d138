"""Migration 0004: the marks that speech bears, and what the log of speech says beside its hash.

Once released it is never edited: a change is a new migration.
"""

MARKS = (
    # What a mark leads to. No name stands here, and the row outlives voice and consent as proof.
    """
    CREATE TABLE marks (
        payload INTEGER PRIMARY KEY NOT NULL CHECK (payload BETWEEN 0 AND 4294967295),
        created TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('speak', 'convert', 'preview')),
        voice_id TEXT REFERENCES voices (id),
        consent_id TEXT NOT NULL REFERENCES consents (id),
        model_sha256 TEXT NOT NULL CHECK (length(model_sha256) = 64),
        key_id TEXT NOT NULL CHECK (length(key_id) BETWEEN 1 AND 64),
        label TEXT NOT NULL CHECK (label IN ('spoken', 'rhythm', 'none')),
        acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1)),
        CHECK ((kind = 'preview') = (voice_id IS NULL)),
        CHECK (label <> 'none' OR acknowledged = 1)
    ) STRICT
    """,
    "CREATE INDEX marks_by_voice ON marks (voice_id)",
    # Each sentence before it leaves: what is heard of speech that is stopped is in the log as well.
    """
    CREATE TABLE mark_parts (
        payload INTEGER NOT NULL REFERENCES marks (payload),
        number INTEGER NOT NULL CHECK (number >= 0),
        created TEXT NOT NULL,
        seconds REAL NOT NULL CHECK (seconds > 0),
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        PRIMARY KEY (payload, number)
    ) STRICT
    """,
    "CREATE INDEX mark_parts_by_hash ON mark_parts (sha256)",
    "ALTER TABLE generations ADD COLUMN payload INTEGER REFERENCES marks (payload)",
    "ALTER TABLE generations ADD COLUMN manifest TEXT"
    " CHECK (manifest IS NULL OR json_valid(manifest))",
    "CREATE UNIQUE INDEX generations_by_mark ON generations (payload)",
    "ALTER TABLE speeches ADD COLUMN generation_id TEXT REFERENCES generations (id)",
    "ALTER TABLE voices ADD COLUMN shows_name INTEGER NOT NULL DEFAULT 0"
    " CHECK (shows_name IN (0, 1))",
    """
    CREATE TRIGGER marks_need_consent BEFORE INSERT ON marks
    WHEN NOT EXISTS (SELECT 1 FROM consents WHERE id = NEW.consent_id AND revoked IS NULL)
        OR (NEW.voice_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM voices
            WHERE id = NEW.voice_id AND consent_id = NEW.consent_id AND status = 'ready'
        ))
    BEGIN SELECT RAISE(ABORT, 'consent: speech needs a voice whose consent holds'); END
    """,
    """
    CREATE TRIGGER mark_parts_need_consent BEFORE INSERT ON mark_parts
    WHEN NOT EXISTS (
        SELECT 1 FROM marks JOIN consents ON consents.id = marks.consent_id
        LEFT JOIN voices ON voices.id = marks.voice_id
        WHERE marks.payload = NEW.payload AND consents.revoked IS NULL
            AND (marks.voice_id IS NULL OR voices.status = 'ready')
    )
    BEGIN SELECT RAISE(ABORT, 'consent: speech needs a voice whose consent holds'); END
    """,
    """
    CREATE TRIGGER generations_need_mark BEFORE INSERT ON generations
    WHEN NOT EXISTS (
        SELECT 1 FROM marks WHERE payload = NEW.payload
            AND voice_id = NEW.voice_id AND consent_id = NEW.consent_id
    )
    BEGIN SELECT RAISE(ABORT, 'consent: speech needs a mark that leads to its consent'); END
    """,
    """
    CREATE TRIGGER marks_stay_1 BEFORE UPDATE ON marks
    BEGIN SELECT RAISE(ABORT, 'consent: what a mark leads to does not change'); END
    """,
    """
    CREATE TRIGGER marks_stay_2 BEFORE DELETE ON marks
    BEGIN SELECT RAISE(ABORT, 'consent: what a mark leads to stays as proof'); END
    """,
    """
    CREATE TRIGGER mark_parts_stay_1 BEFORE UPDATE ON mark_parts
    BEGIN SELECT RAISE(ABORT, 'consent: the log of speech only grows'); END
    """,
    """
    CREATE TRIGGER mark_parts_stay_2 BEFORE DELETE ON mark_parts
    BEGIN SELECT RAISE(ABORT, 'consent: the log of speech only grows'); END
    """,
)
